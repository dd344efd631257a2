import type { ITheme } from '@xterm/xterm'

const names = ['red', 'green', 'yellow', 'blue', 'magenta', 'cyan'] as const

/** Tokens have their values only where they are used: light-dark(), lengths in rem. */
function withProbe<T>(run: (probe: HTMLElement) => T): T {
  const probe = document.createElement('i')
  probe.hidden = true
  document.body.append(probe)
  try {
    return run(probe)
  } finally {
    probe.remove()
  }
}

function colourIn(probe: HTMLElement) {
  return (token: string) => {
    probe.style.color = `var(--${token})`
    return getComputedStyle(probe).color
  }
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = colour.match(/[\d.]+/g)?.map(Number) ?? []
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

const darker = (a: string, b: string) => (luminance(a) < luminance(b) ? a : b)
const lighter = (a: string, b: string) => (luminance(a) < luminance(b) ? b : a)

/** The tokens as they are now. Black stays the dark end and white the light one in both themes, because programs choose them as such. */
export function readTheme(): ITheme {
  return withProbe((probe) => {
    const of = colourIn(probe)
    const [red, green, yellow, blue, magenta, cyan] = names.map((name) => of(`ansi-${name}`))
    const [brightRed, brightGreen, brightYellow, brightBlue, brightMagenta, brightCyan] = names.map((name) => of(`ansi-b${name}`))
    const defined = Object.fromEntries(
      Object.entries({ red, green, yellow, blue, magenta, cyan, brightRed, brightGreen, brightYellow, brightBlue, brightMagenta, brightCyan }).filter(
        ([, value]) => value !== undefined,
      ),
    )
    const slider = of('line2')
    return {
      ...defined,
      background: of('ansi-bg'),
      foreground: of('ansi-fg'),
      cursor: of('fg1'),
      cursorAccent: of('bg0'),
      selectionBackground: of('sel'),
      black: darker(of('fg0'), of('bg4')),
      white: lighter(of('ansi-fg'), of('bg4')),
      brightBlack: of('ansi-dim'),
      brightWhite: lighter(of('fg0'), of('bg0')),
      scrollbarSliderBackground: slider,
      scrollbarSliderHoverBackground: of('ctl'),
      scrollbarSliderActiveBackground: of('ctl'),
    }
  })
}

/** The sixteen by their numbers, as tokens, for what is drawn without the emulator. */
export const paletteTokens = [
  'bg4', 'ansi-red', 'ansi-green', 'ansi-yellow', 'ansi-blue', 'ansi-magenta', 'ansi-cyan', 'ansi-fg',
  'ansi-dim', 'ansi-bred', 'ansi-bgreen', 'ansi-byellow', 'ansi-bblue', 'ansi-bmagenta', 'ansi-bcyan', 'fg0',
] as const

/** Calls back whenever the page's theme changes; returns how to stop. */
export function onThemeChange(run: () => void): () => void {
  const observer = new MutationObserver(run)
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  const dark = window.matchMedia('(prefers-color-scheme: dark)')
  dark.addEventListener('change', run)
  return () => {
    observer.disconnect()
    dark.removeEventListener('change', run)
  }
}

/** A row as high as in the rest of the page's code: whole pixels, half as high again as its text. */
const rowPerText = 1.5

/** Size and face of code, in pixels, as the person's text size makes them. */
export function readFont(): { fontFamily: string; fontSize: number; rowHeight: number } {
  return withProbe((probe) => {
    probe.style.fontSize = 'var(--fs-sm)'
    const fontSize = Number.parseFloat(getComputedStyle(probe).fontSize)
    const fontFamily = getComputedStyle(document.documentElement).getPropertyValue('--mono').trim()
    return { fontFamily, fontSize, rowHeight: Math.round(fontSize * rowPerText) }
  })
}
