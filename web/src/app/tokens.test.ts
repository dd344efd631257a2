import { expect, test } from 'vitest'
import tokens from '~/app/tokens.css?raw'
import colours16 from '~/ui/ansi.css?raw'

const css = tokens + colours16
const themes = ['light', 'dark'] as const
const grounds = ['bg0', 'bg1', 'bg2', 'bg3', 'bg4']
const syntax = ['comment', 'keyword', 'string', 'number', 'function', 'type', 'variable', 'punct'].map((name) => `syn-${name}`)
const ansi = ['fg', 'dim', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'bred', 'bgreen', 'byellow', 'bblue', 'bmagenta', 'bcyan'].map((name) => `ansi-${name}`)

/** What is drawn on what, and the least contrast it needs: WCAG 2.2, 1.4.3 (text) and 1.4.11 (glyphs, edges of controls). */
const rules: [inks: string[], backs: string[], least: number][] = [
  [['fg0', 'fg1', 'fg2', 'accent', 'run', 'ok', 'wait', 'err'], [...grounds, 'wait-tint', 'err-tint', 'accent-tint'], 4.5],
  [['on-solid'], ['solid', 'solid-hover'], 4.5],
  [['fg0', 'fg1', 'fg2', 'ok', 'err', ...syntax], ['add', 'del', 'hunk', 'bg0', 'bg2'], 4.5],
  [['fg0', ...syntax], ['add-word', 'del-word'], 4.5],
  [['fg0', 'fg1'], ['sel', 'mark'], 4.5],
  [ansi, ['ansi-bg'], 4.5],
  [['ctl'], grounds, 3],
  [['g-run', 'g-ok', 'g-wait', 'g-err'], [...grounds, 'wait-tint'], 3],
  [['lane-past', 'lane-run', 'lane-wait', 'lane-err'], ['bg0', 'bg1', 'bg2'], 3],
]

/** Both colours of a token, as light-dark() names them. */
function colours(token: string): Record<(typeof themes)[number], string> {
  const [, light = '', dark = ''] = css.match(new RegExp(`--${token}: light-dark\\((#\\w{6}), (#\\w{6})\\)`)) ?? []
  return { light, dark }
}

/** Relative luminance, WCAG 2.2. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

test('black on white has the contrast that WCAG names', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5)
})

test.each(themes)('everything can be read on what it is drawn on, %s', (theme) => {
  const weak = rules.flatMap(([inks, backs, least]) =>
    inks.flatMap((ink) =>
      backs.filter((back) => !(contrast(colours(ink)[theme], colours(back)[theme]) >= least)).map((back) => `${ink} on ${back}`),
    ),
  )
  expect(weak).toEqual([])
})
