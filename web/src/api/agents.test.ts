import { expect, test } from 'vitest'
import { isAlive, isBusy } from '~/api/agents'
import type { AgentReason, AgentStatusWord } from '~/api/generated'

/** Of each reason: its status, whether the program runs where no pid is known, and whether a turn is open. */
const table: { readonly [R in AgentReason]: readonly [R, AgentStatusWord, boolean, boolean] } = {
  starting: ['starting', 'running', true, true], working: ['working', 'running', true, true], retrying: ['retrying', 'running', true, true], held: ['held', 'running', true, true],
  permission: ['permission', 'waiting', true, true], question: ['question', 'waiting', true, true], plan: ['plan', 'waiting', true, true],
  no_room: ['no_room', 'error', true, true], suspended: ['suspended', 'error', true, true],
  not_started: ['not_started', 'finished', false, false], ready: ['ready', 'finished', true, false], turn_done: ['turn_done', 'finished', true, false], interrupted: ['interrupted', 'finished', true, false], api: ['api', 'error', true, false],
  stopped: ['stopped', 'finished', false, false], exited: ['exited', 'finished', false, false], exit: ['exit', 'error', false, false], hold_lost: ['hold_lost', 'error', false, false],
  disk_full: ['disk_full', 'error', false, false], missing_cli: ['missing_cli', 'error', false, false], limit: ['limit', 'error', false, false],
}

test('an agent is alive while it works, asks, is held up, or waits between turns', () => {
  for (const [reason, status, alive, busy] of Object.values(table))
    expect([reason, isAlive({ status, statusReason: reason }), isBusy({ status, statusReason: reason })]).toEqual([reason, alive, busy])
})

test('a pid says more than a reason, and so does a row that says whether it runs', () => {
  expect(isAlive({ status: 'error', statusReason: 'limit', pid: 7 })).toBe(true)
  expect(isAlive({ isRunning: false })).toBe(false)
  expect(isAlive({ isRunning: true })).toBe(true)
})
