/** KeyboardEvent.code to the key of linux/input-event-codes.h, without KEY_. A place on the keyboard, whatever is printed on it. */
const named: Readonly<Record<string, readonly [name: string, code: number]>> = {
  Escape: ['ESC', 1], Minus: ['MINUS', 12], Equal: ['EQUAL', 13], Backspace: ['BACKSPACE', 14], Tab: ['TAB', 15],
  BracketLeft: ['LEFTBRACE', 26], BracketRight: ['RIGHTBRACE', 27], Enter: ['ENTER', 28], ControlLeft: ['LEFTCTRL', 29],
  Semicolon: ['SEMICOLON', 39], Quote: ['APOSTROPHE', 40], Backquote: ['GRAVE', 41], ShiftLeft: ['LEFTSHIFT', 42], Backslash: ['BACKSLASH', 43],
  Comma: ['COMMA', 51], Period: ['DOT', 52], Slash: ['SLASH', 53], ShiftRight: ['RIGHTSHIFT', 54], NumpadMultiply: ['KPASTERISK', 55],
  AltLeft: ['LEFTALT', 56], Space: ['SPACE', 57], CapsLock: ['CAPSLOCK', 58], NumLock: ['NUMLOCK', 69], ScrollLock: ['SCROLLLOCK', 70],
  Numpad7: ['KP7', 71], Numpad8: ['KP8', 72], Numpad9: ['KP9', 73], NumpadSubtract: ['KPMINUS', 74], Numpad4: ['KP4', 75], Numpad5: ['KP5', 76],
  Numpad6: ['KP6', 77], NumpadAdd: ['KPPLUS', 78], Numpad1: ['KP1', 79], Numpad2: ['KP2', 80], Numpad3: ['KP3', 81], Numpad0: ['KP0', 82],
  NumpadDecimal: ['KPDOT', 83], IntlBackslash: ['102ND', 86], F11: ['F11', 87], F12: ['F12', 88], NumpadEnter: ['KPENTER', 96],
  ControlRight: ['RIGHTCTRL', 97], NumpadDivide: ['KPSLASH', 98], PrintScreen: ['SYSRQ', 99], AltRight: ['RIGHTALT', 100], Home: ['HOME', 102],
  ArrowUp: ['UP', 103], PageUp: ['PAGEUP', 104], ArrowLeft: ['LEFT', 105], ArrowRight: ['RIGHT', 106], End: ['END', 107], ArrowDown: ['DOWN', 108],
  PageDown: ['PAGEDOWN', 109], Insert: ['INSERT', 110], Delete: ['DELETE', 111], NumpadEqual: ['KPEQUAL', 117], Pause: ['PAUSE', 119],
  MetaLeft: ['LEFTMETA', 125], MetaRight: ['RIGHTMETA', 126], ContextMenu: ['COMPOSE', 127],
}

/** Rows of keys whose codes follow each other: the first one's code. */
const rows: readonly (readonly [first: number, keys: string])[] = [
  [2, '1234567890'],
  [16, 'QWERTYUIOP'],
  [30, 'ASDFGHJKL'],
  [44, 'ZXCVBNM'],
]

function* rowCodes(): Generator<[string, readonly [string, number]]> {
  for (const [first, keys] of rows)
    for (const [at, key] of [...keys].entries()) yield [/\d/.test(key) ? `Digit${key}` : `Key${key}`, [key, first + at]]
  for (let f = 1; f <= 10; f++) yield [`F${f}`, [`F${f}`, 58 + f]]
}

const all: ReadonlyMap<string, readonly [name: string, code: number]> = new Map([...Object.entries(named), ...rowCodes()])
const byName: ReadonlyMap<string, number> = new Map(all.values())

/** Undefined: a key that no game has. */
export const keyCodeOf = (code: string): number | undefined => all.get(code)?.[1]
/** The code of a key as manifests name it. */
export const codeOfName = (name: string): number | undefined => byName.get(name)

/** BTN_LEFT and those behind it, by MouseEvent.button. */
const buttons: readonly number[] = [0x110, 0x112, 0x111, 0x113, 0x114]
export const buttonCodeOf = (button: number): number | undefined => buttons[button]

const signs: Readonly<Record<string, string>> = {
  UP: '↑', DOWN: '↓', LEFT: '←', RIGHT: '→', LEFTCTRL: 'Ctrl', RIGHTCTRL: 'Right Ctrl', LEFTSHIFT: 'Shift', RIGHTSHIFT: 'Right Shift', LEFTALT: 'Alt',
  RIGHTALT: 'Right Alt', LEFTMETA: 'Super', RIGHTMETA: 'Right Super', ESC: 'Esc', DOT: '.', COMMA: ',', MINUS: '-', EQUAL: '=', SLASH: '/', BACKSLASH: '\\', SEMICOLON: ';', APOSTROPHE: "'",
  GRAVE: '`', LEFTBRACE: '[', RIGHTBRACE: ']', PAGEUP: 'Page up', PAGEDOWN: 'Page down', COMPOSE: 'Menu', SYSRQ: 'Print',
}

/** What is printed on the key: "Ctrl", "↑", "Space". */
export function keySign(name: string): string {
  return signs[name] ?? (name.length < 3 || /^F\d+$/.test(name) ? name : name.charAt(0) + name.slice(1).toLowerCase())
}
