import { expect, test } from 'vitest'
import { checkLengths, tooLong } from '~/api/lengths'
import { CallError } from '~/api/wire'

test('a message over the limit names its length and the limit', () => {
  expect(tooLong('send_message_to_agent', 'content', 'x'.repeat(50_001))).toBe('The text has 50,001 characters; at most 50,000 are accepted.')
  expect(tooLong('send_message_to_agent', 'content', 'x'.repeat(50_000))).toBeUndefined()
})

test('a character of two halves counts once', () => {
  expect(tooLong('send_message_to_agent', 'content', '😀'.repeat(50_000))).toBeUndefined()
  expect(tooLong('send_message_to_agent', 'content', '😀'.repeat(50_001))).toContain('50,001')
})

const send = (content: string) => () => checkLengths('send_message_to_agent', { agentId: 'ag_1', content })

test('a call with a text over its limit fails at that field', () => {
  expect(send('short')).not.toThrow()
  expect(send('x'.repeat(3_000_000))).toThrow(CallError)
  expect(send('x'.repeat(3_000_000))).toThrow('3,000,000')
})
