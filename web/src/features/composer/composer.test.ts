import { expect, test } from 'vitest'
import { matchFuzzy, rankFuzzy } from '~/features/composer/fuzzy'
import { isAtEdge, stepThrough } from '~/features/composer/history'
import { complete, triggerAt } from '~/features/composer/suggest'
import { foldTail } from '~/features/composer/tail'

test('letters match in their order, and capital letters in their case', () => {
  expect(matchFuzzy('bo', 'src/backoff.rs')?.places).toEqual([4, 8])
  expect(matchFuzzy('backoff', 'src/backoff.rs')?.places).toEqual([4, 5, 6, 7, 8, 9, 10])
  expect(matchFuzzy('RE', 'readme')).toBeUndefined()
  expect(matchFuzzy('zz', 'buzz light')).toBeDefined()
  expect(matchFuzzy('xyz', 'src')).toBeUndefined()
})

test('the beginning of a word comes before its middle, and equal ones keep their order', () => {
  const names = ['recompact', 'compact', 'clear', 'cost']
  expect(rankFuzzy('com', names, (name) => name, 9)).toEqual(['compact', 'recompact'])
  expect(rankFuzzy('', names, (name) => name, 2)).toHaveLength(2)
})

const triggers: readonly [string, string, string | undefined][] = [
  ['/', 'command', ''],
  ['/com', 'command', 'com'],
  ['/compact now', '', undefined],
  ['see /etc', '', undefined],
  ['/etc/passwd', '', undefined],
  ['look at @src/ma', 'file', 'src/ma'],
  ['@', 'file', ''],
  ['mail me@example.org', '', undefined],
  ['one\n@two', 'file', 'two'],
]

test.each(triggers)('%j at the caret', (text, kind, query) => {
  const found = triggerAt(text, text.length)
  expect(found && [found.kind, found.query]).toEqual(query === undefined ? undefined : [kind, query])
})

test('what is chosen replaces what was typed, with one space behind it', () => {
  const text = 'read @bac and fix it'
  const trigger = triggerAt(text, 9)
  expect(trigger && complete(text, trigger, '@src/backoff.rs')).toEqual({ text: 'read @src/backoff.rs and fix it', caret: 21 })
})

test('the history goes back to the oldest prompt and forward to the draft', () => {
  expect(stepThrough(undefined, -1, 2)).toBe(0)
  expect(stepThrough(0, -1, 2)).toBe(1)
  expect(stepThrough(1, -1, 2)).toBeUndefined()
  expect(stepThrough(1, 1, 2)).toBe(0)
  expect(stepThrough(0, 1, 2)).toBe('draft')
  expect(stepThrough(undefined, 1, 2)).toBeUndefined()
  expect(stepThrough(undefined, -1, 0)).toBeUndefined()
})

test('an arrow within the text stays with the text', () => {
  const value = 'one\ntwo'
  expect(isAtEdge(-1, false, { value, selectionStart: 3, selectionEnd: 3 })).toBe(false)
  expect(isAtEdge(-1, false, { value, selectionStart: 0, selectionEnd: 0 })).toBe(true)
  expect(isAtEdge(-1, false, { value, selectionStart: 0, selectionEnd: 3 })).toBe(false)
  expect(isAtEdge(1, true, { value, selectionStart: 3, selectionEnd: 3 })).toBe(false)
  expect(isAtEdge(1, true, { value, selectionStart: 7, selectionEnd: 7 })).toBe(true)
})

const back = (state: 'queued' | 'sent') => ({ type: 'message', topic: 'agent/ag_1', generation: 1, seq: 9, at: '2026-11-23T08:00:00.000000Z', payload: { messageId: 'msg_1', state } }) as const

test('a prompt that comes back into the queue from before all that was read is read again', () => {
  const page = { messages: [], total: 40, hasMore: true, hasNewer: false }
  expect(foldTail(page, back('queued'))).toBe('refetch')
  expect(foldTail(page, back('sent'))).toEqual(page)
})
