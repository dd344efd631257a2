/** Keys that a phone's keyboard lacks, and what they send; arrows as the program wants them. */
export const touchKeys = [
  { text: 'Esc', name: 'Escape', data: '\x1b' },
  { text: 'Tab', name: 'Tab', data: '\t' },
  { text: '←', name: 'Left', arrow: 'D' },
  { text: '↓', name: 'Down', arrow: 'B' },
  { text: '↑', name: 'Up', arrow: 'A' },
  { text: '→', name: 'Right', arrow: 'C' },
] as const

export type TouchKey = (typeof touchKeys)[number]

/** What a key sends; with Ctrl, arrows go by words. */
export function dataOf(key: TouchKey, isApplication: boolean, isCtrl: boolean): string {
  if ('data' in key) return key.data
  if (isCtrl) return `\x1b[1;5${key.arrow}`
  return `\x1b${isApplication ? 'O' : '['}${key.arrow}`
}

/** One character with Ctrl: letters and `@ [ \\ ] ^ _ ?`; anything else stays as it is. */
export function controlled(typed: Uint8Array): Uint8Array {
  const [byte] = typed
  if (byte === undefined || typed.length > 1) return typed
  if (byte === 0x3f) return Uint8Array.of(0x7f)
  if (byte === 0x20) return Uint8Array.of(0)
  return byte >= 0x40 && byte < 0x7f ? Uint8Array.of(byte & 0x1f) : typed
}
