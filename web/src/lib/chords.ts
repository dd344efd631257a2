/**
 * How keys are written: `j`, `Shift+N`, `Ctrl+K`, `Alt+ArrowUp`, `Escape`, `?`, and `g h` for one after the other. On a Mac,
 * `Ctrl` is the Command key.
 */
export type Press = {
  key: string
  code: string
  ctrlKey: boolean
  altKey: boolean
  shiftKey: boolean
  metaKey: boolean
  /** The key that types a third character: what it gives is text, not a chord. */
  isAltGraph: boolean
}

type Chord = { key: string; ctrl: boolean; alt: boolean; shift: boolean }

const modifiers: ReadonlySet<string> = new Set(['Control', 'Alt', 'AltGraph', 'Shift', 'Meta', 'CapsLock', 'Fn'])

/** Browsers act on these and do not ask the page. */
const reserved: ReadonlySet<string> = new Set(['Ctrl+n', 'Ctrl+t', 'Ctrl+w', 'Ctrl+Shift+n', 'Ctrl+Shift+t', 'Ctrl+Shift+w'])

const isLetter = (key: string) => /^[a-z]$/i.test(key)

/** One spelling for each chord. Whether Shift is needed to type a sign depends on the keyboard, so it is not part of a sign. */
function spell({ key, ctrl, alt, shift }: Chord): string {
  const hasShift = shift && (key.length > 1 || isLetter(key))
  return `${ctrl ? 'Ctrl+' : ''}${alt ? 'Alt+' : ''}${hasShift ? 'Shift+' : ''}${isLetter(key) ? key.toLowerCase() : key}`
}

function readChord(text: string): string {
  const parts = text.split(/\+(?=.)/)
  const key = parts.pop() ?? ''
  const isOn = (name: string) => parts.includes(name)
  if (key === '' || parts.some((part) => !['Ctrl', 'Alt', 'Shift'].includes(part))) throw new Error(`not a key: ${text}`)
  const chord = spell({ key: key === 'Space' ? ' ' : key, ctrl: isOn('Ctrl'), alt: isOn('Alt'), shift: isOn('Shift') })
  if (reserved.has(chord)) throw new Error(`the browser keeps this key for itself: ${text}`)
  return chord
}

/** The chords of a key's text, in the one spelling that `chordOf` gives as well. */
export function readKeys(keys: string): readonly string[] {
  return keys.split(' ').map(readChord)
}

/** What was pressed, or nothing while only a modifier is down. */
export function chordOf(press: Press, isMac: boolean): string | undefined {
  if (modifiers.has(press.key)) return undefined
  // On a keyboard of another script the letter's place counts.
  const script = press.key.length === 1 && press.key > '\u024f' ? /^Key([A-Z])$/.exec(press.code)?.[1] : undefined
  // On a Mac, Alt types another sign with it; the key is the same one.
  const place = isMac && press.altKey && press.code === 'Period' ? '.' : script
  const ctrl = !press.isAltGraph && (isMac ? press.metaKey : press.ctrlKey)
  if (!isMac && press.metaKey) return undefined
  return spell({ key: place ?? press.key, ctrl, alt: press.altKey && !press.isAltGraph, shift: press.shiftKey })
}

/** It types a character: a bare letter, digit, sign or space. */
export function isText(chord: string): boolean {
  return /^(Shift\+)?.$/u.test(chord)
}

/** It works in a field as well, because it neither types nor moves there. Ctrl Enter belongs to the field: it sends what was typed. */
export function isFree(chord: string): boolean {
  return /^(Ctrl|Alt)\+(?!Enter$)/.test(chord) || /^(Shift\+)?(Escape|F\d+)$/.test(chord)
}

/** A control takes these for itself when it has the focus. */
export function isPressed(chord: string): boolean {
  return chord === 'Enter' || chord === ' '
}

const shown: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  PageUp: 'Page Up',
  PageDown: 'Page Down',
  Delete: 'Del',
}

function showChord(chord: string, isMac: boolean): string {
  const parts = chord.split(/\+(?=.)/)
  const named = parts.map((part) => (part === 'Ctrl' && isMac ? '⌘' : (shown[part] ?? (part.length === 1 ? part.toUpperCase() : part))))
  return named.join(' ')
}

/** As people read it: `Ctrl K`, `G D`, `Alt ↑`. */
export function showKeys(keys: string, isMac: boolean): string {
  return keys
    .split(' ')
    .map((chord) => showChord(chord, isMac))
    .join(' ')
}
