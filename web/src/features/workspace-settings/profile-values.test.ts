import { describe, expect, test } from 'vitest'
import { fieldsOf, profileText, valuesFrom, type Values } from '~/features/workspace-settings/profile-values'

const careful: Values = {
  name: 'careful',
  adapter: 'claude',
  model: 'opus',
  mode: 'plan',
  permissions: ['read'],
  limits: { memoryMib: 4096, wallSeconds: 0 },
  environment: ['A=1', 'B=two words'],
}

describe('a launch profile', () => {
  test('is the same after it went through its fields', () => {
    expect(valuesFrom(fieldsOf(careful))).toEqual(careful)
    expect(valuesFrom(fieldsOf({ name: 'shell', adapter: 'terminal', command: ['npm', 'run', 'dev server'] }))).toEqual({
      name: 'shell', adapter: 'terminal', command: ['npm', 'run', 'dev server'],
    })
  })

  test('leaves what is empty to the settings', () => {
    expect(valuesFrom({ ...fieldsOf({}), name: ' plain ' })).toEqual({ name: 'plain' })
  })

  test('is one line of what it sets', () => {
    expect(profileText(careful)).toBe('claude, opus, plans first, may read, own limits, 2 variables')
    expect(profileText({ name: 'plain' })).toBe('Everything as the settings have it')
  })
})
