import { describe, expect, it } from 'vitest'
import { isAlive } from '~/api/agents'

describe('an agent', () => {
  it('is alive while it works, asks, or waits between turns', () => {
    for (const [status, statusReason] of [['running', 'working'], ['waiting', 'permission'], ['finished', 'ready'], ['finished', 'turn_done'], ['finished', 'interrupted']] as const)
      expect(isAlive({ status, statusReason })).toBe(true)
  })
  it('is not alive once its program has ended, however it ended', () => {
    for (const [status, statusReason] of [['error', 'exit'], ['error', 'hold_lost'], ['error', 'missing_cli'], ['finished', 'stopped'], ['finished', 'exited']] as const)
      expect(isAlive({ status, statusReason })).toBe(false)
  })
})
