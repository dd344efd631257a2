export type Colour = 'black' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'white' | 'grey'
export type Look = {
  colour: Colour | undefined
  ground: Colour | undefined
  isBold: boolean
  isFaint: boolean
  isItalic: boolean
  isUnderlined: boolean
}
/** A piece of output in one look. */
export type Styled = { text: string; look: Look }

export const plainLook: Look = { colour: undefined, ground: undefined, isBold: false, isFaint: false, isItalic: false, isUnderlined: false }

/**
 * Control sequences by ECMA-48: 5.4 (CSI; its parameters and its end are captured), 5.6 (strings, which end with ST or,
 * as in xterm, with BEL), then the short ones, each in its forms of seven and of eight bits. A string that does not end
 * is left as text, all but its opening.
 */
const sequence =
  // oxlint-disable-next-line no-control-regex
  /(?:\x1b\[|\x9b)([0-?]*)([ -/]*[@-~])|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])(?:[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\|\x9c))?|\x1b[ -/]*[0-~]|[\x1b\x80-\x84\x86-\x9f]/g

/** After this many changes of style the rest keeps the last one, since each piece is an element of its own. */
const mostPieces = 2000

const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const

/** By ECMA-48, 8.3.117. Concealed, reversed and blinking text is ignored. */
const attributes: Record<number, Partial<Look>> = {
  0: plainLook,
  1: { isBold: true },
  2: { isFaint: true },
  3: { isItalic: true },
  4: { isUnderlined: true },
  22: { isBold: false, isFaint: false },
  23: { isItalic: false },
  24: { isUnderlined: false },
  39: { colour: undefined },
  49: { ground: undefined },
}

/** The named colour that is nearest to a mixed one. */
function shadeOf(r: number, g: number, b: number): Colour {
  const [least, most] = [Math.min(r, g, b), Math.max(r, g, b)]
  const middle = (least + most) / 2
  if (most - least < 40) return middle < 64 ? 'black' : middle < 192 ? 'grey' : 'white'
  return names[(r > middle ? 1 : 0) + (g > middle ? 2 : 0) + (b > middle ? 4 : 0)] ?? 'white'
}

const step = (n: number) => (n === 0 ? 0 : 55 + 40 * n)

/** Of xterm's table of 256: 16 named ones, a cube with sides of six steps, 24 greys. */
function colourAt(n: number): Colour {
  if (n < 16) return n === 8 ? 'grey' : (names[n % 8] ?? 'white')
  if (n >= 232) return shadeOf(10 * n - 2312, 10 * n - 2312, 10 * n - 2312)
  return shadeOf(step(Math.floor((n - 16) / 36)), step(Math.floor((n - 16) / 6) % 6), step((n - 16) % 6))
}

/** What follows 38 or 48: a colour, and how many codes it takes. After an unknown form nothing more is read. */
function readMixed([form, a = 0, b = 0, c = 0]: readonly number[]): { colour: Colour | undefined; length: number } {
  if (form === 5) return { colour: colourAt(a), length: 2 }
  if (form === 2) return { colour: shadeOf(a, b, c), length: 4 }
  return { colour: undefined, length: Infinity }
}

function readNamed(code: number): Partial<Look> {
  const isBright = code >= 90
  const name = names[code % 10]
  const colour = isBright && name === 'black' ? 'grey' : name
  const tens = Math.floor(code / 10) - (isBright ? 6 : 0)
  if (colour && tens === 3) return { colour }
  if (colour && tens === 4) return { ground: colour }
  return {}
}

function restyled(before: Look, parameters: string): Look {
  const codes = parameters.split(/[;:]/).map(Number)
  let look = before
  for (let place = 0; place < codes.length; place++) {
    const code = codes[place] ?? 0
    if (code === 38 || code === 48) {
      const { colour, length } = readMixed(codes.slice(place + 1))
      look = code === 38 ? { ...look, colour } : { ...look, ground: colour }
      place += length
    } else {
      look = { ...look, ...(attributes[code] ?? readNamed(code)) }
    }
  }
  return look
}

/** Control sequences of a terminal: styles become part of the pieces, everything else is dropped. */
export function readAnsi(output: string): Styled[] {
  const text = output.replace(/\r+\n/g, '\n').replace(/\r/g, '\n')
  const pieces: Styled[] = []
  let look = plainLook
  let from = 0
  const put = (part: string) => {
    const last = pieces.at(-1)
    if (part === '') return
    if (last && (last.look === look || pieces.length >= mostPieces)) pieces[pieces.length - 1] = { ...last, text: last.text + part }
    else pieces.push({ text: part, look })
  }
  for (const match of text.matchAll(sequence)) {
    put(text.slice(from, match.index))
    from = match.index + match[0].length
    if (match[2] === 'm' && /^[\d;:]*$/.test(match[1] ?? '')) look = restyled(look, match[1] ?? '')
  }
  put(text.slice(from))
  return pieces
}

/** The text alone, for a place that has one look. */
export function plainOutput(output: string): string {
  return readAnsi(output)
    .map(({ text }) => text)
    .join('')
}
