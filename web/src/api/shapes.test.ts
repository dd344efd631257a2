import { forms } from 'virtual:forms'
import { routes as first } from 'virtual:first-routes'
import { routes } from 'virtual:routes'
import { table } from 'virtual:types'
import { expect, test } from 'vitest'
import { checkAnswer, checkEvent, checkType } from '~/api/check-shape'
import { operations } from '~/api/generated'

test('every form is an operation, and its fields are in the order of the command line', () => {
  expect(forms.filter(({ name }) => !(name in operations))).toEqual([])
  const create = forms.find(({ name }) => name === 'create_worktree')
  expect(create?.command).toBe('worktree create')
  expect(create?.fields.map(({ name, kind, isRequired = false }) => [name, kind, isRequired])).toEqual([
    ['workspaceId', 'id', true],
    ['name', 'text', true],
    ['branch', 'text', true],
    ['createBranch', 'flag', false],
    ['start', 'text', false],
    ['path', 'text', false],
  ])
})

test('an ask is answered and a worktree landed only where it is on screen, never from a form', () => {
  expect(forms.filter(({ name }) => name === 'answer_ask' || name.startsWith('land_worktree'))).toEqual([])
})

const fieldsOf = (op: string) => new Map(forms.find(({ name }) => name === op)?.fields.map((field) => [field.name, field]))

test('limits, words, lists and groups come from the shapes', () => {
  const agent = fieldsOf('create_agent')
  expect(agent.get('name')).toMatchObject({ kind: 'text', min: 1, max: 100 })
  expect(agent.get('mode')).toMatchObject({ kind: 'word', words: ['regular', 'plan', 'auto'] })
  expect(agent.get('permissions')).toMatchObject({ kind: 'word', isList: true, most: 3 })
  expect(agent.get('limits')).toMatchObject({ kind: 'group' })
  expect(agent.get('limits')?.fields?.every(({ kind }) => kind === 'number')).toBe(true)
  expect(fieldsOf('find_files').get('limit')).toMatchObject({ kind: 'number', min: 1, max: 200, usual: 50 })
})

test('every operation and every event has a known type', () => {
  expect(Object.keys(table.outputs).sort()).toEqual(Object.keys(operations).sort())
  const known = new Set([...Object.keys(table.types), ...Object.keys(table.words), 'string', 'number', 'boolean', 'unknown', 'undefined'])
  const used = [...Object.values(table.types).flatMap(Object.values), ...Object.values(table.outputs), ...Object.values(table.events)]
  expect(used.map((type) => type.replace('?', '').replace('[]', '')).filter((type) => !known.has(type))).toEqual([])
})

const news = { workspaceId: 'ws_1', name: 'harbor', path: '/src/harbor' }

test('a value of the right shape has no faults', () => {
  expect(checkAnswer('get_overview', { workspaces: [], worktrees: [], agents: [], hasMore: false })).toEqual([])
  expect(checkAnswer('get_overview', { workspaces: [news], worktrees: [], agents: [], hasMore: false })).toEqual(checkType('WorkspaceNews', news).map((fault) => `workspaces[0].${fault}`))
})

test('a wrong shape is named with its place', () => {
  expect(checkAnswer('get_overview', { workspaces: {}, worktrees: [], agents: [{}], more: 1 })).toEqual([
    'workspaces is not a list',
    'agents[0].id is missing',
    'agents[0].worktreeId is missing',
    'agents[0].workspaceId is missing',
    'agents[0].name is missing',
  ])
  expect(checkType('AgentMode', 'fast')).toEqual(['it is not one of regular, plan, auto'])
})

test('an event that is not known means nothing', () => {
  expect(checkEvent('weather', { rain: true })).toEqual([])
})

test('every operation has its route, and what is asked first has one from the start', () => {
  expect(routes).toEqual(operations)
  expect(Object.keys(first)).toContain('get_system')
  expect(Object.entries(first).filter(([name, route]) => routes[name] !== route)).toEqual([])
})
