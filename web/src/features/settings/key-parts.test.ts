import { table } from 'virtual:keys'
import { expect, test } from 'vitest'
import { partTitles } from '~/features/settings/key-parts'

test('every part that has keys has a title, and every title has keys', () => {
  const titled = partTitles.flatMap(({ parts }) => [...parts])
  expect([...titled].sort()).toEqual([...new Set(table.map(({ part }) => part))].sort())
})

test('the keys are those of the sources', () => {
  expect(table).toContainEqual({ part: 'page', keys: 'Ctrl+K', label: 'find or run' })
  expect(table).toContainEqual({ part: 'diff', keys: 'n', label: 'next unviewed' })
  expect(table.length).toBeGreaterThan(80)
})
