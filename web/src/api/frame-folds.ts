import type { SettingViews, System } from '~/api/generated'
import type { Fold } from '~/api/live'

export const foldSettings: Fold<SettingViews> = (settings, event) => (event.type === 'setting_changed' ? 'refetch' : settings)

export const foldSystem: Fold<System> = (system, event) =>
  event.type === 'system_updated' && event.payload.cli.adapter === 'claude' ? { ...system, claude: event.payload.cli } : system
