import { expect, test } from 'vitest'
import { otherThanPlan, readInput } from '~/lib/tool-input'

const shown = (input: unknown, ...rest: [] | [{ content: string | undefined }]) =>
  readInput(input, 'Tool', ...rest).lines.map(({ kind, text }) => [kind, text])

test('a command is shown as plain text, with the agent’s description apart', () => {
  const view = readInput({ command: 'make\nmake test', description: 'Build' }, 'Bash')
  expect(view).toMatchObject({ label: 'Command', why: 'Build', copy: 'make\nmake test' })
  expect(view.lines).toEqual([{ kind: 'plain', text: 'make' }, { kind: 'plain', text: 'make test' }])
})

test.each([
  [{ command: 'ls', description: 5 }, '"description": 5'],
  [{ command: 'ls', timeout: 9 }, '"timeout": 9'],
  [{ file_path: '/a', old_string: 'x', new_string: 'y', replace_all: true }, '"replace_all": true'],
  [{ file_path: '/a', edits: [{ old_string: 'x', new_string: 'y', replace_all: true }] }, '"replace_all": true'],
  [{ file_path: '/a', content: 'x', mode: '0777' }, '"mode": "0777"'],
  [{ file_path: '/a', edits: [{ old_string: 'x', new_string: 'y' }, { move: 'z' }] }, '"move": "z"'],
  [{ old_string: 'x', new_string: 'y' }, '"old_string": "x"'],
  [{ url: 'https://example.org' }, '"url": "https://example.org"'],
  [['a list'], '"a list"'],
])('no argument of %j is left out', (input, line) => {
  expect(shown(input).some(([, text]) => text?.includes(line))).toBe(true)
})

test('no arguments show nothing', () => {
  expect([shown({}), shown(undefined)]).toEqual([[], []])
})

test('whole content looks like a change if the old content is known, and never like a new file', () => {
  const write = { file_path: '/a', content: 'one\ntwo\n' }
  expect(shown(write, { content: 'one\n' })).toEqual([['context', 'one'], ['add', 'two']])
  expect(shown(write)).toEqual([['plain', 'one'], ['plain', 'two']])
  expect(readInput(write, 'Write').note).toMatch(/If it exists/)
  expect(readInput(write, 'Write', { content: undefined }).note).toMatch(/existing file/)
})

test('the other arguments of a plan are shown if they say something', () => {
  expect(otherThanPlan({ plan: 'x', allowedPrompts: [] })).toBeUndefined()
  expect(otherThanPlan({ plan: 'x', allowedPrompts: [{ tool: 'Bash' }] })).toContain('"tool": "Bash"')
})
