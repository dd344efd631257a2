import type { Theme } from '~/app/theme'
import { useTheme } from '~/app/use-settings'
import { IconButton } from '~/ui/Button'
import type { IconName } from '~/ui/Icon'

const steps: Record<Theme, { next: Theme; icon: IconName }> = {
  system: { next: 'light', icon: 'screen' },
  light: { next: 'dark', icon: 'sun' },
  dark: { next: 'system', icon: 'moon' },
}

export function ThemeSwitch() {
  const { shown, choose } = useTheme()
  const { next, icon } = steps[shown]
  return <IconButton isSmall icon={icon} label={`Theme: ${shown}. Change to ${next}`} onClick={() => choose(next)} />
}
