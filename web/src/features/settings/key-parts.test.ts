import { expect, test } from 'vitest'
import { table } from 'virtual:keys'
import { otherKeys, partTitles } from '~/features/settings/key-parts'

const sources = import.meta.glob<string>(['/src/{app,features}/**/*.{ts,tsx}', '!/src/**/*.test.*', '!/src/app/pages/components/**'], { query: '?raw', import: 'default', eager: true })
const partOf = (file: string) => /^\/src\/features\/([^/]+)\//.exec(file)?.[1] ?? 'page'
/** Keys that are computed are numbers, from 1 on. */
const keysOf = (written: string) => /^'(.+)'$/.exec(written)?.[1] ?? '1'

test('every key that is registered is in the list of all keys, under a title', () => {
  const listed = [...table, ...otherKeys]
  const names = new Set(listed.map(({ part, keys }) => `${part} ${keys}`))
  const registered = Object.entries(sources).flatMap(([file, text]) => {
    const rows = [...text.matchAll(/\bkeys: ([^,]+),\s*label: /g)].map(([, keys = '']) => keysOf(keys))
    return [...rows, ...(text.includes('useEnter(') ? ['Enter'] : [])].map((keys) => `${partOf(file)} ${keys}`)
  })
  expect(registered.length).toBeGreaterThan(80)
  expect(registered.filter((one) => !names.has(one))).toEqual([])
  const titled = new Set<string>(partTitles.flatMap(({ parts }) => parts))
  expect(listed.filter(({ part }) => !titled.has(part))).toEqual([])
})
