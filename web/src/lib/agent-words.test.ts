import { describe, expect, it } from 'vitest'
import { accessText, coveredBy, modeHint, modes, modeText } from '~/lib/agent-words'

describe('the words of an agent’s options', () => {
  it('never say of a mode that it asks nothing: commands are still asked about', () => {
    for (const { label, hint } of modes) expect(`${label} ${hint}`).not.toMatch(/nothing|goes ahead|decides/i)
    expect(modeText('auto')).toBe('Accepts edits')
    expect(modeHint('auto', 'claude')).toContain('asks about commands')
    expect(modeHint('auto', 'codex')).toContain('inside its worktree')
  })
  it('count permissions beside the mode', () => {
    expect(accessText('auto', [])).toBe('Accepts edits')
    expect(accessText('auto', ['execute'])).toBe('Edits and runs')
    expect(accessText('regular', ['write'])).toBe('Edits, asks to run')
    expect(accessText('regular', ['read'])).toBe('Asks first')
    expect(accessText('plan', ['write', 'execute'])).toBe('Plans first')
    expect([coveredBy('auto', 'write'), coveredBy('auto', 'execute'), coveredBy('regular', 'write')]).toEqual(['The mode accepts edits', undefined, undefined])
  })
})
