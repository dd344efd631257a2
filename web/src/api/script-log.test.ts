import { expect, test } from 'vitest'
import { noLog, withPage } from '~/api/script-log'

const page = (offset: number, text: string, logBytes: number, nextOffset?: number) => ({
  text, offset, logBytes, droppedBytes: 0, hasMore: nextOffset !== undefined, ...(nextOffset !== undefined && { nextOffset }),
})

test('pages are put together in order, and the last one says that nothing is missing', () => {
  const first = withPage(noLog, page(0, 'one\n', 8, 4))
  expect(first).toMatchObject({ text: 'one\n', next: 4, isWhole: false })
  expect(withPage(first, page(4, 'two\n', 8))).toMatchObject({ text: 'one\ntwo\n', before: 0, next: 8, isWhole: true })
})

test('a page that begins with what is known adds the rest of it only', () => {
  const first = withPage(noLog, page(0, 'één\n', 6))
  expect(withPage(first, page(0, 'één\ntwo\n', 10)).text).toBe('één\ntwo\n')
  expect(withPage(first, page(0, 'één\n', 6)).text).toBe('één\n')
})

test('what the log left out is named', () => {
  const first = withPage(noLog, page(0, 'head', 100, 4))
  expect(withPage(first, page(90, 'tail', 94)).text).toBe('head\n… 86 bytes left out …\ntail')
})

test('a log that is read from further on says how much is before it, and its beginning gives way', () => {
  expect(withPage(noLog, page(1000, 'end', 1003))).toMatchObject({ text: 'end', before: 1000 })
  const long = withPage(noLog, page(0, 'x'.repeat(300_000), 300_000))
  expect(long.text).toHaveLength(262_144)
  expect(long.before).toBe(37_856)
})
