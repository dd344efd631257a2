import { describe, expect, it } from 'vitest'
import { patternText, proposal, readPattern, ruleOf } from '~/features/ask/rule-draft'

const root = '/home/me/tidepool'

describe('the rule that is proposed for an ask', () => {
  it.each([
    ['cargo test -p net backoff', 'Bash(cargo test **)'],
    ['cargo test', 'Bash(cargo test)'],
    ['cargo test --workspace && git push origin x', 'Bash(cargo test **)'],
    ['npm run lint -- --fix', 'Bash(npm run lint **)'],
    ['ls', 'Bash(ls)'],
    ['ls -la', 'Bash(ls **)'],
    ['./configure "a b"', 'Bash(./configure **)'],
    ['git commit -m "x y"', 'Bash(git commit **)'],
    ['$(evil) now', 'Bash'],
  ])('%s', (command, expected) => {
    expect(proposal({ tool: 'Bash', input: { command } }, root)).toBe(expected)
  })
  it('is the folder of a file, or the file at the top, and never reads a star of its name as a pattern', () => {
    expect(proposal({ tool: 'Edit', input: { file_path: `${root}/src/net/a.rs` } }, root)).toBe('Edit(src/net/**)')
    expect(proposal({ tool: 'Write', input: { file_path: `${root}/no*tes.md` } }, root)).toBe('Write(no\\*tes.md)')
    expect(proposal({ tool: 'WebSearch', input: { query: 'x' } }, root)).toBe('WebSearch')
  })
})

describe('the line of a rule', () => {
  it.each([
    ['Bash(cargo test **)', { tool: 'Bash', command: 'cargo test **' }],
    ['(npm test)', { command: 'npm test' }],
    ['*(npm test)', { command: 'npm test' }],
    [' Bash ', { tool: 'Bash' }],
    ['Bash(echo (x))', { tool: 'Bash', command: 'echo (x)' }],
    ['Bash(', undefined],
    ['Bash()', undefined],
    ['', undefined],
  ])('%j', (text, expected) => {
    expect(readPattern(text, 'command')).toEqual(expected)
  })
  it('becomes a rule of its scope', () => {
    const ask = { input: { file_path: 'a' }, workspaceId: 'ws_1', worktreeId: 'wt_1', subjectId: 'ag_1' }
    expect(ruleOf({ text: 'Edit(src/**)', scope: 'workspace' }, ask, 'allow')).toEqual({ decision: 'allow', tool: 'Edit', path: 'src/**', workspaceId: 'ws_1' })
    expect(ruleOf({ text: 'Edit(src/**)', scope: 'everywhere' }, ask, 'deny')).toEqual({ decision: 'deny', tool: 'Edit', path: 'src/**' })
    expect(ruleOf({ text: 'Edit(', scope: 'agent' }, ask, 'deny')).toBeUndefined()
  })
  it('is written as it is read', () => {
    expect(patternText({ tool: 'Bash', command: 'ls **' })).toBe('Bash(ls **)')
    expect(patternText({ path: 'src/**' })).toBe('*(src/**)')
    expect(patternText({})).toBe('any tool')
  })
})
