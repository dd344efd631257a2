import { createStore } from '~/lib/store'

export type Theme = 'system' | 'light' | 'dark'
const key = 'muster.theme'

function read(): Theme {
  const stored = localStorage.getItem(key)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

export const theme = createStore<Theme>(read())

export function setTheme(next: Theme) {
  theme.set(next)
  if (next === 'system') {
    localStorage.removeItem(key)
    delete document.documentElement.dataset['theme']
  } else {
    localStorage.setItem(key, next)
    document.documentElement.dataset['theme'] = next
  }
}
