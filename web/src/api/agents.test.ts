import { expect, test } from 'vitest'
import { isAlive, isBusy } from '~/api/agents'
import type { AgentReason, AgentStatusWord } from '~/api/generated'

/** Of each reason: its status, whether the program runs where no pid is known, and whether a turn is open. */
const table: Record<AgentReason, readonly [AgentStatusWord, boolean, boolean]> = {
  starting: ['running', true, true], working: ['running', true, true], retrying: ['running', true, true], held: ['running', true, true],
  permission: ['waiting', true, true], question: ['waiting', true, true], plan: ['waiting', true, true],
  no_room: ['error', true, true], suspended: ['error', true, true],
  not_started: ['finished', false, false], ready: ['finished', true, false], turn_done: ['finished', true, false], interrupted: ['finished', true, false], api: ['error', true, false],
  stopped: ['finished', false, false], exited: ['finished', false, false], exit: ['error', false, false], hold_lost: ['error', false, false],
  disk_full: ['error', false, false], missing_cli: ['error', false, false], limit: ['error', false, false],
}

test('an agent is alive while it works, asks, is held up, or waits between turns', () => {
  for (const [reason, [status, alive, busy]] of Object.entries(table) as [AgentReason, (typeof table)[AgentReason]][])
    expect([reason, isAlive({ status, statusReason: reason }), isBusy({ status, statusReason: reason })]).toEqual([reason, alive, busy])
})

test('a pid says more than a reason, and so does a row that says whether it runs', () => {
  expect(isAlive({ status: 'error', statusReason: 'limit', pid: 7 })).toBe(true)
  expect(isAlive({ isRunning: false })).toBe(false)
  expect(isAlive({ isRunning: true })).toBe(true)
})
