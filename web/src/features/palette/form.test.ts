import { forms } from 'virtual:forms'
import { expect, test } from 'vitest'
import type { FieldShape, OpForm } from '~/api/shape-types'
import { commandOf, isDangerous, labelOf, readForm, titleOf } from '~/features/palette/form'

const workspaceId = `ws_${'0'.repeat(26)}`
const field = (name: string, kind: FieldShape['kind'], more: Partial<FieldShape> = {}): FieldShape => ({ name, doc: '', kind, ...more })

function formOf(name: string): OpForm {
  const form = forms.find((one) => one.name === name)
  if (!form) throw new Error(`no form ${name}`)
  return form
}

test('what was filled in becomes the input; what was left out stays out', () => {
  const { fields } = formOf('create_worktree')
  const texts = { workspaceId, name: 'fix', branch: 'fix', createBranch: 'true', start: '' }
  expect(readForm(fields, texts)).toEqual({ input: { workspaceId, name: 'fix', branch: 'fix', createBranch: true }, errors: {} })
})

test('required fields, limits and ids are checked before anything is sent', () => {
  const { errors } = readForm(formOf('create_worktree').fields, { workspaceId: 'harbor', name: 'é'.repeat(200) })
  expect(errors).toEqual({
    workspaceId: 'An id that begins with ws_',
    name: 'At most 255 bytes; this has 400.',
    branch: 'This is needed.',
  })
})

test('numbers, words, lists and groups are read as what they are', () => {
  const fields = [
    field('limit', 'number', { min: 1, max: 200 }),
    field('mode', 'word', { words: ['plan', 'auto'] }),
    field('paths', 'text', { isList: true, most: 2 }),
    field('limits', 'group', { fields: [field('memoryMib', 'number', { min: 16 })] }),
    field('value', 'json'),
  ]
  expect(readForm(fields, { limit: '20', mode: 'plan', paths: 'a\n\nb\n', 'limits.memoryMib': '512', value: '{"a":1}' }).input).toEqual({
    limit: 20,
    mode: 'plan',
    paths: ['a', 'b'],
    limits: { memoryMib: 512 },
    value: { a: 1 },
  })
  expect(readForm(fields, { limit: '0', mode: 'fast', paths: 'a\nb\nc', 'limits.memoryMib': '1.5' }).errors).toEqual({
    limit: 'A number from 1 to 200.',
    mode: 'One of plan, auto.',
    paths: 'At most 2; these are 3.',
    'limits.memoryMib': 'A whole number.',
  })
})

test('a switch is sent only where it differs from what is usual', () => {
  const fields = [field('enabled', 'flag', { usual: true }), field('force', 'flag')]
  expect(readForm(fields, { enabled: 'true', force: 'false' }).input).toEqual({})
  expect(readForm(fields, { enabled: 'false', force: 'true' }).input).toEqual({ enabled: false, force: true })
})

test('the command line is the same act', () => {
  const input = { workspaceId, name: 'fix it', branch: 'fix', createBranch: true, start: 'v1' }
  expect(commandOf(formOf('create_worktree'), input)).toBe(`muster worktree create ${workspaceId} 'fix it' fix --create-branch --start v1`)
  expect(commandOf(formOf('create_worktree'), { name: 'fix' })).toBe('muster worktree create --name fix')
  expect(commandOf(formOf('create_agent'), { worktreeId: 'wt_1', permissions: ['read', 'write'], name: "Ada's" })).toBe(
    `muster agent create wt_1 --name 'Ada'\\''s' --permissions read --permissions write`,
  )
})

test('names are words', () => {
  expect(titleOf({ name: 'create_worktree_from_issue' })).toBe('Create worktree from issue')
  expect(['worktreeId', 'initialPrompt', 'agentIds'].map((name) => labelOf({ name }))).toEqual(['Worktree', 'Initial prompt', 'Agent'])
})

test('what removes is dangerous', () => {
  const dangerous = forms.filter(isDangerous).map(({ name }) => name)
  expect(dangerous).toEqual(expect.arrayContaining(['delete_worktree', 'empty_trash', 'discard_changes', 'stop_all_agents']))
  expect(dangerous).not.toContain('create_agent')
})
