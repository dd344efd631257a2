import { expect, test } from 'vitest'
import { entryOf } from '~/api/page-version'

test('the entry of a built page is its module, wherever its attributes stand', () => {
  const early = '<script src="/assets/early-a.js"></script>'
  expect(entryOf(`${early}<script type="module" crossorigin src="/assets/index-b.js"></script>`)).toBe('/assets/index-b.js')
  expect(entryOf(`${early}<script src="/src/app/main.tsx" type="module"></script>`)).toBe('/src/app/main.tsx')
  expect(entryOf(early)).toBeUndefined()
  expect(entryOf('upgrade in progress')).toBeUndefined()
})
