import { paletteTokens } from '~/features/terminal/colours'

const rgbFlag = 0x1000000
const step = (n: number) => (n === 0 ? 0 : 55 + 40 * n)

/** A colour of TerminalRun as CSS: one of the sixteen by its token, of the table of 256, or mixed. */
export function colourOf(value: number | undefined): string | undefined {
  if (value === undefined) return undefined
  if (value >= rgbFlag) return `#${(value - rgbFlag).toString(16).padStart(6, '0')}`
  const token = paletteTokens[value]
  if (token) return `var(--${token})`
  if (value >= 232) return `rgb(${[0, 0, 0].map(() => 8 + 10 * (value - 232)).join(' ')})`
  const cube = value - 16
  return `rgb(${step(Math.floor(cube / 36))} ${step(Math.floor(cube / 6) % 6)} ${step(cube % 6)})`
}
