import { expect, test } from 'vitest'
import { bytesOf, keep, leaveKept, mostKept, nothingKept, takeKept, textOf } from '~/features/terminal/kept'

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

test('what was typed is there again when the terminal is shown again, and only there', () => {
  const kept = keep(nothingKept, [bytes('make')]) ?? nothingKept
  leaveKept('lnc_1', { kept, unheardBytes: 3 })
  expect(takeKept('lnc_2')).toEqual({ kept: nothingKept, unheardBytes: 0 })
  expect(takeKept('lnc_1')).toEqual({ kept, unheardBytes: 3 })
  expect(takeKept('lnc_1').kept.length).toBe(0)
  leaveKept('lnc_1', { kept, unheardBytes: 0 })
  leaveKept('lnc_1', { kept: nothingKept, unheardBytes: 0 })
  expect(takeKept('lnc_1').kept.length).toBe(0)
})

test('what is left of many terminals is bounded, and the newest stays', () => {
  const large = keep(nothingKept, [new Uint8Array(mostKept)]) ?? nothingKept
  leaveKept('lnc_1', { kept: keep(nothingKept, [bytes('old')]) ?? nothingKept, unheardBytes: 0 })
  leaveKept('lnc_2', { kept: large, unheardBytes: 0 })
  expect(takeKept('lnc_1').kept.length).toBe(0)
  expect(takeKept('lnc_2').kept.length).toBe(mostKept)
})
