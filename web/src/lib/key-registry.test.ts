import { describe, expect, test } from 'vitest'
import { readKeys } from '~/lib/chords'
import { KeyRegistry, type Focus, type KeyRow, type Scope } from '~/lib/key-registry'

/** Parts are paths here: `pane/list/row` is inside `pane`. */
const newRegistry = () => new KeyRegistry<string>((outer, inner) => `${inner}/`.startsWith(`${outer}/`))
type Registry = ReturnType<typeof newRegistry>
type Extra = { within?: string; layer?: number; row?: Partial<KeyRow> }

function add(registry: Registry, scope: Scope, keys: string, label: string, { within, layer, row }: Extra = {}) {
  return registry.add({
    scope,
    keys: [{ keys, label, ...row }],
    within: within === undefined ? undefined : () => within,
    layer,
    run: () => undefined,
  })
}

const here: Focus<string> = { part: 'page', kind: 'plain', layer: undefined }

function press(registry: Registry, keys: string, focus: Partial<Focus<string>> = {}, stroke: { at?: number; isComposing?: boolean; isRepeat?: boolean } = {}) {
  const [chord = ''] = readKeys(keys)
  return registry.press({ chord, at: 0, isComposing: false, isRepeat: false, ...stroke }, { ...here, ...focus })?.row.label
}

describe('scopes', () => {
  test('the deepest scope wins, and the next one when it is gone', () => {
    const registry = newRegistry()
    add(registry, 'page', 'x', 'page')
    const remove = add(registry, 'item', 'x', 'item')
    add(registry, 'list', 'x', 'list')
    expect(press(registry, 'x')).toBe('item')
    remove()
    expect(press(registry, 'x')).toBe('list')
  })

  test('a key works only within its part, and the innermost part wins', () => {
    const registry = newRegistry()
    add(registry, 'pane', 'Ctrl+F', 'left', { within: 'page/left' })
    add(registry, 'pane', 'Ctrl+F', 'right', { within: 'page/right' })
    add(registry, 'pane', 'Ctrl+F', 'find in right', { within: 'page/right/find' })
    expect(press(registry, 'Ctrl+F', { part: 'page/left/row' })).toBe('left')
    expect(press(registry, 'Ctrl+F', { part: 'page/right/find/field' })).toBe('find in right')
    expect(press(registry, 'Ctrl+F', { part: 'page/rightmost' })).toBeUndefined()
    expect(registry.clashes()).toEqual([])
  })

  test('below an open layer only the layer’s own keys work', () => {
    const registry = newRegistry()
    add(registry, 'page', 'x', 'page')
    add(registry, 'overlay', 'Ctrl+Enter', 'send', { layer: 1, row: { inFields: true } })
    expect(press(registry, 'x', { layer: 1 })).toBeUndefined()
    expect(press(registry, 'Ctrl+Enter', { layer: 1, kind: 'field' })).toBe('send')
    expect(press(registry, 'Ctrl+Enter')).toBeUndefined()
    expect(press(registry, 'Ctrl+Enter', { layer: 2 })).toBeUndefined()
  })
})

describe('typing', () => {
  const registry = newRegistry()
  add(registry, 'page', 'j', 'next')
  add(registry, 'page', 'ArrowUp', 'up')
  add(registry, 'page', 'Alt+.', 'next that needs me')
  add(registry, 'page', 'Escape', 'back')
  add(registry, 'page', 'Enter', 'open')
  add(registry, 'page', '@', 'mention', { row: { inFields: true } })
  add(registry, 'page', 'Ctrl+Enter', 'land')
  add(registry, 'page', 'Ctrl+Shift+F', 'whole width', { row: { inTerminal: true } })

  test.each([
    ['j', 'field', undefined],
    ['ArrowUp', 'field', undefined],
    ['Alt+.', 'field', 'next that needs me'],
    ['Escape', 'field', 'back'],
    ['@', 'field', 'mention'],
    ['Ctrl+Enter', 'field', undefined],
    ['Ctrl+Enter', 'plain', 'land'],
    ['j', 'control', 'next'],
    ['Enter', 'control', undefined],
    ['Enter', 'plain', 'open'],
    ['Escape', 'terminal', undefined],
    ['Ctrl+Shift+F', 'terminal', 'whole width'],
  ] as const)('%s in a %s: %s', (keys, kind, label) => {
    expect(press(registry, keys, { kind })).toBe(label)
  })

  test('a character that is being composed is no key', () => {
    expect(press(registry, 'j', {}, { isComposing: true })).toBeUndefined()
    expect(press(registry, 'Escape', { kind: 'field' }, { isComposing: true })).toBeUndefined()
  })

  test('a key that is held down runs once, unless it may repeat', () => {
    const held = newRegistry()
    add(held, 'page', 'a', 'allow')
    add(held, 'page', 'j', 'next', { row: { canRepeat: true } })
    expect(press(held, 'a', {}, { isRepeat: true })).toBeUndefined()
    expect(press(held, 'j', {}, { isRepeat: true })).toBe('next')
  })

  test('letters that are switched off still work in the part that has the focus', () => {
    const quiet = newRegistry()
    quiet.hasLetters = false
    add(quiet, 'page', 'n', 'new agent')
    add(quiet, 'page', 'Ctrl+K', 'find')
    add(quiet, 'item', 'a', 'allow', { within: 'page/ask' })
    expect(press(quiet, 'n')).toBeUndefined()
    expect(press(quiet, 'Ctrl+K')).toBe('find')
    expect(press(quiet, 'a', { part: 'page/ask' })).toBe('allow')
  })
})

describe('sequences', () => {
  const registry = newRegistry()
  add(registry, 'page', 'g h', 'home')
  add(registry, 'page', 'g i', 'inbox')
  add(registry, 'page', 'h', 'hide')

  test('the second key within a second', () => {
    expect(press(registry, 'g', {}, { at: 0 })).toBeUndefined()
    expect(press(registry, 'h', {}, { at: 900 })).toBe('home')
    expect(press(registry, 'h', {}, { at: 950 })).toBe('hide')
  })

  test('too late, the second key counts for itself', () => {
    press(registry, 'g', {}, { at: 2_000 })
    expect(press(registry, 'h', {}, { at: 3_001 })).toBe('hide')
  })

  test('another key forgets it', () => {
    press(registry, 'g', {}, { at: 5_000 })
    press(registry, 'x', {}, { at: 5_100 })
    expect(press(registry, 'i', {}, { at: 5_200 })).toBeUndefined()
  })

  test('none begins in a field', () => {
    press(registry, 'g', { kind: 'field' }, { at: 7_000 })
    expect(press(registry, 'i', {}, { at: 7_100 })).toBeUndefined()
  })
})

describe('clashes', () => {
  test('two acts for one key in one scope', () => {
    const registry = newRegistry()
    add(registry, 'page', 'Shift+N', 'new agent')
    add(registry, 'page', 'Shift+n', 'next note')
    expect(registry.clashes()).toEqual(['page: "Shift+N" is new agent and next note'])
  })

  test('a key that begins a sequence of its scope', () => {
    const registry = newRegistry()
    add(registry, 'page', 'g', 'go')
    add(registry, 'page', 'g h', 'home')
    expect(registry.clashes()).toHaveLength(1)
  })

  test('one key in two scopes, parts or layers is no clash', () => {
    const registry = newRegistry()
    add(registry, 'page', 'x', 'one')
    add(registry, 'list', 'x', 'two')
    add(registry, 'list', 'x', 'three', { within: 'page/list' })
    add(registry, 'page', 'x', 'four', { layer: 3 })
    expect(registry.clashes()).toEqual([])
  })
})

test('the keys that work now are named once each, the deepest first', () => {
  const registry = newRegistry()
  add(registry, 'page', 'x', 'of the page')
  add(registry, 'page', 'n', 'new agent')
  add(registry, 'item', 'x', 'select', { within: 'page/row' })
  const labels = (part: string) => registry.working({ ...here, part }).map(({ row }) => row.label)
  expect(labels('page/row')).toEqual(['select', 'new agent'])
  expect(labels('page')).toEqual(['new agent', 'of the page'])
  expect(registry.all(undefined)).toHaveLength(3)
})
