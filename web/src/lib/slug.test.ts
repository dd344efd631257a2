import { expect, test } from 'vitest'
import { freeName, slugOf } from '~/lib/slug'

test.each([
  ['Make the reconnect test deterministic: inject the clock', 'reconnect-test-deterministic'],
  ['Fix @src/net/client.rs so that it is fast', 'fix-fast'],
  ['Größe ändern', 'grosse-andern'],
  ['', ''],
  ['再接続', ''],
  ['x'.repeat(100), 'x'.repeat(40)],
])('%s: %s', (prompt, slug) => {
  expect(slugOf(prompt)).toBe(slug)
})

test('a name that is taken gets a number', () => {
  expect(freeName('fix', new Set(['fix', 'fix-2']))).toBe('fix-3')
  expect(freeName('fix', new Set())).toBe('fix')
})
