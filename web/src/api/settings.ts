import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { SettingView, SettingViews } from '~/api/generated'
import { settingsQuery } from '~/api/queries'
import type { Answer } from '~/api/wire'

const defaultWarning = 80

/** A setting's value as text; nothing until the settings are read. */
export function useSetting(wanted: string): string | undefined {
  return useQuery(settingsQuery()).data?.settings.find(({ name }) => name === wanted)?.value
}

/** Percentage of the model's window from which an agent is marked. */
export function useContextWarning(): number {
  const level = useSetting('max_context_warning')
  return level === undefined ? defaultWarning : Number(level)
}

/** Every list shows the changed setting at once, before the daemon's event has been read. */
export function useKeepSetting(): (changed: SettingView) => void {
  const client = useQueryClient()
  return (changed) =>
    void client.setQueryData<Answer<SettingViews>>(settingsQuery().queryKey, (answer) => {
      if (!answer) return undefined
      return { ...answer, body: { settings: answer.body.settings.map((setting) => (setting.name === changed.name ? changed : setting)) } }
    })
}
