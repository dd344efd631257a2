import { expect, test } from 'vitest'
import { bytesOf, keep, mostKept, nothingKept, textOf } from '~/features/terminal/kept'

const bytes = (text: string) => new TextEncoder().encode(text)

test('what was not sent is kept in the order of typing, over the bounds of characters', () => {
  const [first, second] = [bytes('ö').subarray(0, 1), bytes('ö').subarray(1)]
  const kept = keep(keep(nothingKept, [bytes('ls '), first]) ?? nothingKept, [second, bytes('')])
  expect(kept?.pieces).toHaveLength(3)
  expect(textOf(kept ?? nothingKept)).toBe('ls ö')
  expect(bytesOf(kept ?? nothingKept)).toEqual(bytes('ls ö'))
})

test('too much is refused whole, and what was kept before stays', () => {
  const kept = keep(nothingKept, [bytes('a')]) ?? nothingKept
  expect(keep(kept, [new Uint8Array(mostKept)])).toBeUndefined()
  expect(keep(kept, [new Uint8Array(mostKept - 1)])?.length).toBe(mostKept)
  expect(textOf(kept)).toBe('a')
})
