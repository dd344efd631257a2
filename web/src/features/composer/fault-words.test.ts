import { describe, expect, it } from 'vitest'
import { faultText } from '~/features/composer/fault-words'

describe('what failed', () => {
  it('is said with its reason', () => {
    expect(faultText('send', { status: 409, message: 'the agent was archived' })).toMatch(/^Not sent: The agent was archived/)
    expect(faultText('start', { status: 422, message: 'no CLI' })).toMatch(/^The message is queued; the agent did not start: /)
  })
  it('is never called undone where nobody answered', () => {
    for (const of of ['send', 'comments', 'start', 'interrupt'] as const) {
      const text = faultText(of, { status: 0, message: 'The daemon did not answer.' })
      expect(text).toContain('not known whether')
      expect(text).not.toMatch(/Not sent|nothing was done/i)
    }
  })
})
