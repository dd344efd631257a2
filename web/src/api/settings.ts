import { useQuery } from '@tanstack/react-query'
import { settingsQuery } from '~/api/queries'

const defaultWarning = 80

/** Percentage of the model's window from which an agent is marked. */
export function useContextWarning(): number {
  const found = useQuery(settingsQuery()).data?.settings.find(({ name }) => name === 'agent.context_warning')
  return found ? Number(found.value) : defaultWarning
}
