import { useQuery } from '@tanstack/react-query'
import { inboxCount } from '~/api/groups'
import { overviewQuery } from '~/api/overview'
import { stall } from '~/lib/stall'
import { useStore } from '~/lib/store'

/** How many things in the inbox wait for somebody; a store that takes nothing is one of them. */
export function useInboxCount(): number {
  const { data } = useQuery(overviewQuery())
  return inboxCount(data?.agents ?? []) + Number(useStore(stall) !== undefined)
}
