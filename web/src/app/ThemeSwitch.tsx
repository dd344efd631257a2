import { setTheme, theme, type Theme } from '~/app/theme'
import { useStore } from '~/lib/store'
import { IconButton } from '~/ui/Button'
import type { IconName } from '~/ui/Icon'

const steps: Record<Theme, { next: Theme; icon: IconName }> = {
  system: { next: 'light', icon: 'screen' },
  light: { next: 'dark', icon: 'sun' },
  dark: { next: 'system', icon: 'moon' },
}

export function ThemeSwitch() {
  const now = useStore(theme)
  const { next, icon } = steps[now]
  return <IconButton isSmall icon={icon} label={`Theme: ${now}. Change to ${next}`} onClick={() => setTheme(next)} />
}
