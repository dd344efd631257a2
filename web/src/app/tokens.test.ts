import { expect, test } from 'vitest'
import css from '~/app/styles.css?raw'

const themes = ['light', 'dark'] as const
const backgrounds = ['bg0', 'bg1', 'bg2', 'bg3', 'bg4']
const texts = ['fg0', 'fg1', 'fg2', 'accent', 'run', 'ok', 'wait', 'err']

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

test.each(themes)('every text can be read on every background, %s', (theme) => {
  const weak = texts.flatMap((text) =>
    backgrounds.filter((back) => !(contrast(colours(text)[theme], colours(back)[theme]) >= 4.5)).map((back) => `${text} on ${back}`),
  )
  expect(weak).toEqual([])
  expect(contrast(colours('on-solid')[theme], colours('solid')[theme])).toBeGreaterThanOrEqual(4.5)
})

test.each(themes)('the edge of a control is visible, %s', (theme) => {
  expect(contrast(colours('ctl')[theme], colours('bg0')[theme])).toBeGreaterThanOrEqual(3)
})
