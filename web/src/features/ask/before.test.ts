import { expect, test } from 'vitest'
import type { Message } from '~/api/generated'
import { linesBefore } from '~/features/ask/before'

const at = (second: number) => `2026-11-23T08:00:${String(second).padStart(2, '0')}.000000Z`
const call = (id: string, toolName: string, content: string, toolInput: unknown, more: Partial<Message> = {}): Message => ({
  id: `msg_${id}`, role: 'tool', content, toolName, toolInput, createdAt: at(5), isComplete: false, ...more,
})
const write = (id: string, path: string, more: Partial<Message> = {}) => call(id, 'Write', path, { file_path: path, content: 'c' }, more)
const bash = (id: string, command: string, more: Partial<Message> = {}) => call(id, 'Bash', command, { command }, more)
const ask = (tool: string, title: string) => ({ tool, title, createdAt: at(6) })

const said = (lines: ReturnType<typeof linesBefore>) => lines.map((line) => (line.kind === 'tool' ? `${line.verb} ${line.object}: ${line.result}` : line.text))

test('a call that waits for permission is not said to have run', () => {
  const messages = [bash('1', 'true', { isComplete: true }), bash('2', 'make'), bash('3', 'make test'), write('4', '/r/c.txt')]
  const others = [ask('Bash', 'make test'), ask('Write', '/r/c.txt')]
  expect(said(linesBefore(messages, ask('Bash', 'make'), others))).toEqual(['Ran true: ', 'Wants to run make test: waits for you', 'Wants to write /r/c.txt: waits for you'])
})

test('a call behind one that waits has not begun, and one before it runs', () => {
  const read = call('1', 'Read', '/r/a', { file_path: '/r/a' })
  expect(said(linesBefore([read, bash('2', 'make'), write('3', '/r/c.txt')], ask('Bash', 'make'), []))).toEqual(['Reading /r/a: not finished', 'Will write /r/c.txt: after that'])
})

test('what came after the ask, and what waits in the queue, was not before it', () => {
  const later = write('2', '/r/d.txt', { createdAt: at(9), isComplete: true })
  const queued: Message = { id: 'msg_3', role: 'user', content: 'later', createdAt: at(1), isComplete: true, state: 'queued' }
  expect(said(linesBefore([write('1', '/r/c.txt', { isComplete: true }), queued, later], ask('Bash', 'make'), []))).toEqual(['Wrote /r/c.txt: '])
})
