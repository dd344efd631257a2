import { expect, test } from 'vitest'
import type { AgentOverview, AgentReason } from '~/api/generated'
import { countMoved, heldGroups, placesOf, sideGroups } from '~/app/side/groups'

function agent(name: string, statusReason: AgentReason): AgentOverview {
  return {
    id: name, worktreeId: 'wt', workspaceId: 'ws', name, status: 'running', statusReason, statusSource: 'protocol', statusSince: name,
    contextLevel: 0, mode: 'regular', adapter: 'claude', displayOrder: 0, tokens: 0, costMicros: 0, queueLength: 0, isRunning: true, isInTurn: false, openAsks: statusReason === 'permission' || statusReason === 'question' ? 1 : 0,
  }
}

const agents = [agent('asks', 'permission'), agent('works', 'working'), agent('done', 'turn_done'), agent('rests', 'stopped')]
const options = { isSeen: () => false, pins: [], filter: '' }
const names = (groups: ReturnType<typeof sideGroups>) => groups.map(({ title, agents: rows }) => `${title}: ${rows.map(({ name }) => name).join(' ')}`)

test('each agent stands once, a pinned one below those that need somebody', () => {
  expect(names(sideGroups(agents, options))).toEqual(['Needs you: asks', 'Working: works', 'Finished, not seen: done'])
  expect(names(sideGroups(agents, { ...options, pins: ['done', 'asks', 'rests'] }))).toEqual(['Needs you: asks', 'Pinned: done rests', 'Working: works'])
})

test('a filter finds the quiet ones as well', () => {
  expect(names(sideGroups(agents, { ...options, filter: 'RE' }))).toEqual(['Others: rests'])
  expect(names(sideGroups(agents, { ...options, filter: 's' }))).toEqual(['Needs you: asks', 'Working: works', 'Others: rests'])
})

test('under the pointer rows keep their places and show what they are now', () => {
  const held = placesOf(sideGroups(agents, options))
  const later = [agent('asks', 'working'), agent('done', 'turn_done'), agent('new', 'question')]
  const now = sideGroups(later, options)
  const shown = heldGroups(now, held, later)
  expect(names(shown)).toEqual(['Needs you: asks', 'Working: ', 'Finished, not seen: done'])
  expect(shown[0]?.agents[0]?.statusReason).toBe('working')
  expect(countMoved(now, held)).toBe(3)
})
