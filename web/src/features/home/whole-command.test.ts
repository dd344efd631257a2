import { describe, expect, it } from 'vitest'
import type { Ask } from '~/api/generated'
import { wholeCommand } from '~/features/home/whole-command'

const of = (title: string, input: unknown, more: Partial<Ask> = {}) =>
  wholeCommand({ id: 'ask_1', subjectKind: 'agent', subjectId: 'ag_1', kind: 'permission', tool: 'Bash', digest: 'd', state: 'open', createdAt: '', title, input, ...more })

describe('what can be allowed in one line', () => {
  it('is a command with all of its bytes', () => {
    expect(of('make test', { command: 'make test' })).toBe('make test')
    expect(of('make test', { command: 'make test', description: 'Runs the tests' })).toBe('make test')
  })
  it('is no file to be written or edited, whose path is the title', () => {
    expect(of('src/a.ts', { file_path: 'src/a.ts', content: 'x' })).toBeUndefined()
    expect(of('src/a.ts', { file_path: 'src/a.ts', old_string: 'a', new_string: 'b' })).toBeUndefined()
  })
  it('is no command that something is added to', () => {
    expect(of('make', { command: 'make', dangerouslyDisableSandbox: true })).toBeUndefined()
    expect(of('make', { command: 'make', run_in_background: true })).toBeUndefined()
    expect(of('Deploys', { description: 'Deploys', command: 'rm -r /' })).toBeUndefined()
  })
  it('is nothing that was cut, is long, has lines, or hides something', () => {
    expect(of('make', { command: 'make' }, { truncated: true })).toBeUndefined()
    const long = 'x'.repeat(181)
    for (const command of [long, 'make\nrm', 'make\t', 'ma\u200bke']) expect(of(command, { command })).toBeUndefined()
  })
})
