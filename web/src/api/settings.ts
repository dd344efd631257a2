import { useQuery } from '@tanstack/react-query'
import { settingsQuery } from '~/api/queries'

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
