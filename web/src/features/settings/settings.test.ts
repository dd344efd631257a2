import { describe, expect, test } from 'vitest'
import type { SettingView } from '~/api/generated'
import { amountOf, faultOf, parseAmount, valueText } from '~/features/settings/amount'
import { setupOf } from '~/features/settings/eye-setup'
import { changedSections, findSettings, groupsOf, placeOf } from '~/features/settings/sections'

const setting = (name: string, more: Partial<SettingView> = {}): SettingView => ({
  name, section: 'Elsewhere', label: name, kind: 'number', value: '1', defaultValue: '1', doc: 'What it does', ...more,
})

describe('an amount', () => {
  test.each([
    [8192, 'MiB', 8, 'GiB'],
    [256, 'MiB', 256, 'MiB'],
    [1048576, 'MiB', 1, 'TiB'],
    [0, 'MiB', 0, 'MiB'],
    [180, 's', 3, 'min'],
    [10, 's', 10, 's'],
    [80, '%', 80, '%'],
    [1000, undefined, 1000, undefined],
  ])('%d %s reads as %d %s', (value, unit, number, shown) => {
    expect(amountOf(value, unit)).toEqual({ number, unit: shown })
  })

  test.each([
    ['4', 'GiB', 'MiB', 4096],
    ['512 MiB', 'GiB', 'MiB', 512],
    ['1.5 gib', 'GiB', 'MiB', 1536],
    ['60,000', 'per minute', 'per minute', 60000],
    ['1.5', 'MiB', 'MiB', undefined],
    ['4 parsecs', 'GiB', 'MiB', undefined],
    ['-1', undefined, undefined, undefined],
    ['', 's', 's', undefined],
    ['12', undefined, undefined, 12],
  ])('"%s" where %s is shown is %s: %s', (text, shown, own, value) => {
    expect(parseAmount(text, shown, own)).toBe(value)
  })

  test('a number out of range is refused with the limit', () => {
    const memory = setting('agent.memory_mib', { label: 'Memory', unit: 'MiB', min: 0, max: 4194304 })
    expect(faultOf(memory, 4194305)).toBe('Memory is at most 4 TiB.')
    expect(faultOf(memory, 4096)).toBeUndefined()
    expect(faultOf(memory, undefined)).toBe('Type a whole number of MiB.')
  })

  test('a value is shown in a sentence', () => {
    expect(valueText(setting('a', { unit: 'MiB' }), '8192')).toBe('8 GiB')
    expect(valueText(setting('a', { kind: 'boolean' }), 'false')).toBe('off')
    expect(valueText(setting('a', { kind: 'text', words: ['plan'] }), 'plan')).toBe('Plans first')
    expect(valueText(setting('a', { kind: 'lines' }), 'x\ny')).toBe('2 lines')
    expect(valueText(setting('a', { kind: 'text' }), '')).toBe('empty')
  })
})

describe('sections', () => {
  test('a program stands with the agents, a limit of one agent with the limits', () => {
    expect(placeOf(setting('agent.codex_path')).section).toBe('agents')
    expect(placeOf(setting('agent.memory_mib')).section).toBe('limits')
    expect(placeOf(setting('retention.salvage_mib')).heading).toBe('Salvages and checkpoints')
  })

  test('a setting that this page does not know is shown under Advanced, by its own heading', () => {
    expect(groupsOf([setting('eye.frames')], 'advanced')).toMatchObject([{ heading: 'Elsewhere' }])
  })

  test('a search finds by every word, in all sections', () => {
    const all = [setting('agent.memory_mib', { label: 'Memory mib' }), setting('theme', { label: 'Theme' }), setting('rate.writes')]
    expect(findSettings(all, 'limits MEMORY').map(({ heading }) => heading)).toEqual(['Limits'])
    expect(findSettings(all, 'what does').flatMap(({ settings }) => settings)).toHaveLength(3)
    expect(findSettings(all, 'nowhere')).toEqual([])
  })

  test('a section with a changed setting is marked', () => {
    expect([...changedSections([setting('theme', { value: 'dark', defaultValue: 'system' }), setting('rate.writes')])]).toEqual(['appearance'])
  })
})

describe('the setup of a new eye', () => {
  const settings = [
    setting('eye.size', { value: '2560x1440' }),
    setting('eye.lockstep', { value: 'true' }),
    setting('eye.buffers', { value: '4' }),
    setting('eye.socket_path', { value: '/run/user/1000/eye/frame.sock' }),
  ]

  test('is what the settings say', () => {
    expect(setupOf(settings, true)).toEqual({ width: 2560, height: 1440, lockstep: true, buffers: 4, socketPath: '/run/user/1000/eye/frame.sock' })
  })

  test('has the socket for one eye alone, and nothing that is not known', () => {
    expect(setupOf(settings, false)).not.toHaveProperty('socketPath')
    expect(setupOf([setting('eye.socket_path', { value: '' })], true)).toEqual({})
  })
})
