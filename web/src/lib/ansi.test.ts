import { expect, test } from 'vitest'
import { plainOutput, readAnsi, type Look } from '~/lib/ansi'

/** Pieces with only what differs from plain text. */
function colours(output: string) {
  return readAnsi(output).map(({ text, look }) => {
    const set: Partial<Look> = Object.fromEntries(Object.entries(look).filter(([, value]) => value !== undefined && value !== false))
    return [text, set]
  })
}

test.each<[string, ReturnType<typeof colours>]>([
  ['plain', [['plain', {}]]],
  ['', []],
  ['\x1b[31mred\x1b[0m plain', [['red', { colour: 'red' }], [' plain', {}]]],
  ['\x1b[1;32mok\x1b[22m ok\x1b[39m end', [['ok', { colour: 'green', isBold: true }], [' ok', { colour: 'green' }], [' end', {}]]],
  ['\x1b[mreset by nothing', [['reset by nothing', {}]]],
  ['\x1b[2;3;4mfaint\x1b[23;24m still', [['faint', { isFaint: true, isItalic: true, isUnderlined: true }], [' still', { isFaint: true }]]],
  ['\x1b[90mgrey\x1b[96mcyan', [['grey', { colour: 'grey' }], ['cyan', { colour: 'cyan' }]]],
  ['\x1b[37;41m FAIL \x1b[49m x', [[' FAIL ', { colour: 'white', ground: 'red' }], [' x', { colour: 'white' }]]],
  ['\x1b[102mx', [['x', { ground: 'green' }]]],
  ['\x1b[38;5;196mx\x1b[38;5;8my\x1b[38;5;240mz', [['x', { colour: 'red' }], ['y', { colour: 'grey' }], ['z', { colour: 'grey' }]]],
  ['\x1b[38;2;20;200;30;1mx', [['x', { colour: 'green', isBold: true }]]],
  ['\x1b[38:2:20:30:200mx', [['x', { colour: 'blue' }]]],
  ['\x1b[48;5;226mx', [['x', { ground: 'yellow' }]]],
  ['\x1b[38;9;1;31mx', [['x', {}]]],
  ['\x1b[5;7;8mstill seen', [['still seen', {}]]],
  ['\u009b31mred', [['red', { colour: 'red' }]]],
])('%j has its looks', (output, pieces) => {
  expect(colours(output)).toEqual(pieces)
})

test.each([
  ['a\x1b[2Kb\x1b[10;20Hc\x1b[?25ld', 'abcd'],
  ['\x1b]0;a title\x07text', 'text'],
  ['\x1b]8;;https://x.example\x1b\\link\x1b]8;;\x1b\\', 'link'],
  ['\x1bPq#0;2;0\x1b\\after', 'after'],
  ['\x1b(Bx\x1b=y\x1bMz', 'xyz'],
  ['\x1b[>4;1mx\x1b[?1m', 'x'],
  ['\x1b[31', '31'],
  ['\x1b]0;never ends', '0;never ends'],
  ['end\x1b', 'end'],
  ['10 %\r50 %\r100 %\r\ndone\r\n', '10 %\n50 %\n100 %\ndone\n'],
])('of %j only the text stays', (output, text) => {
  expect(plainOutput(output)).toBe(text)
})

test('pieces are bounded, and no text is lost beyond the bound', () => {
  const pieces = readAnsi('\x1b[31mr\x1b[32mg'.repeat(5000))
  expect(pieces).toHaveLength(2000)
  expect(pieces.map(({ text }) => text).join('')).toBe('rg'.repeat(5000))
})

test('output that opens strings and closes none takes time in proportion to its length', () => {
  expect(plainOutput('\x1b]'.repeat(30_000))).toBe('')
})
