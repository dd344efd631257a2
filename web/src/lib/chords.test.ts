import { expect, test } from 'vitest'
import { chordOf, isFree, isText, readKeys, showKeys, type Press } from '~/lib/chords'

const plain: Press = { key: '', code: '', ctrlKey: false, altKey: false, shiftKey: false, metaKey: false, isAltGraph: false }
const chord = (press: Partial<Press>, isMac = false) => chordOf({ ...plain, ...press }, isMac)

test.each([
  [{ key: 'j' }, 'j'],
  [{ key: 'J', shiftKey: true }, 'Shift+N', false],
  [{ key: 'N', shiftKey: true }, 'Shift+N'],
  [{ key: 'N' }, 'n'],
  [{ key: '?', shiftKey: true }, '?'],
  [{ key: 'k', ctrlKey: true }, 'Ctrl+K'],
  [{ key: 'ArrowUp', altKey: true }, 'Alt+ArrowUp'],
  [{ key: 'Enter', shiftKey: true }, 'Enter', false],
  [{ key: '.', altKey: true }, 'Alt+.'],
  [{ key: '+', ctrlKey: true }, 'Ctrl++'],
  [{ key: ' ' }, 'Space'],
  [{ key: 'о', code: 'KeyJ' }, 'j'],
  [{ key: 'é', code: 'Digit2' }, 'j', false],
  [{ key: '[', ctrlKey: true, altKey: true, isAltGraph: true }, '['],
  [{ key: 'k', metaKey: true }, 'k', false],
] satisfies readonly (readonly [Partial<Press>, string, boolean?])[])('%o is %s: %s', (press, keys, isSame: boolean = true) => {
  expect(chord(press) === readKeys(keys)[0]).toBe(isSame)
})

test('on a Mac, Ctrl is the Command key', () => {
  expect(chord({ key: 'k', metaKey: true }, true)).toBe('Ctrl+k')
  expect(chord({ key: 'k', ctrlKey: true }, true)).toBe('k')
  expect(chord({ key: '≥', code: 'Period', altKey: true }, true)).toBe('Alt+.')
  expect(showKeys('Ctrl+K', true)).toBe('⌘ K')
})

test('a modifier alone is not a chord', () => {
  expect(chord({ key: 'Shift', shiftKey: true })).toBeUndefined()
})

test('a key that the browser keeps, and one that is misspelt, are refused', () => {
  expect(() => readKeys('Ctrl+W')).toThrow('the browser keeps')
  expect(() => readKeys('Cmd+K')).toThrow('not a key')
})

test.each([
  ['g d', 'G D'],
  ['Shift+S', 'Shift S'],
  ['Alt+ArrowUp', 'Alt ↑'],
  ['Escape', 'Esc'],
])('%s is shown as %s', (keys, shown) => {
  expect(showKeys(keys, false)).toBe(shown)
})

test('what types is text, what neither types nor moves is free', () => {
  expect(['j', 'Shift+n', '?', ' '].every(isText)).toBe(true)
  expect(['Enter', 'Ctrl+k', 'Escape'].some(isText)).toBe(false)
  expect(['Ctrl+k', 'Alt+.', 'Escape', 'F6'].every(isFree)).toBe(true)
  expect(['j', 'Enter', 'ArrowDown', 'Delete'].some(isFree)).toBe(false)
})
