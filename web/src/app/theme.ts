import { createStore } from '~/lib/store'

export type Theme = 'system' | 'light' | 'dark'

/** What is shown, for the first paint: early.js reads it. The setting `theme` decides. */
const shownKey = 'muster.theme.shown'
/** Where a choice was kept before it became a setting. */
const earlierKey = 'muster.theme'

const themes = ['system', 'light', 'dark'] as const satisfies readonly Theme[]
export const themeOf = (text: string | null | undefined): Theme | undefined => themes.find((known) => known === text)

export const earlierTheme = (): Theme | undefined => themeOf(localStorage.getItem(earlierKey))
export const forgetEarlierTheme = () => localStorage.removeItem(earlierKey)

export const theme = createStore<Theme>(themeOf(localStorage.getItem(shownKey)) ?? earlierTheme() ?? 'system')

export function showTheme(next: Theme) {
  theme.set(next)
  if (next === 'system') {
    localStorage.removeItem(shownKey)
    delete document.documentElement.dataset['theme']
  } else {
    localStorage.setItem(shownKey, next)
    document.documentElement.dataset['theme'] = next
  }
}
