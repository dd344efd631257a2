import { useQuery } from '@tanstack/react-query'
import { useParams, useRouter } from '@tanstack/react-router'
import type { AgentOverview } from '~/api/generated'
import { groupsOf } from '~/api/groups'
import { overviewQuery } from '~/api/overview'
import { useSeen } from '~/api/seen'
import { openPalette, showKeys, startAgent } from '~/app/overlays'
import { sideFilter, useSideGroups } from '~/app/side/use-side-groups'
import { useKeys } from '~/lib/keys'

/** The one after the current, around the end. */
function after<T>(list: readonly T[], isCurrent: (one: T) => boolean, by: 1 | -1): T | undefined {
  const at = list.findIndex(isCurrent)
  return at < 0 ? list[by > 0 ? 0 : list.length - 1] : list[(at + by + list.length) % list.length]
}

/** Keys that work on every page: the palette, the next that needs me, the next agent, the places. */
export function useGlobalKeys() {
  const router = useRouter()
  const { agentId } = useParams({ strict: false })
  const { data } = useQuery(overviewQuery())
  const { isSeen } = useSeen()
  const { needs } = groupsOf(data ?? { agents: [] }, isSeen)
  function open(agent: AgentOverview | undefined) {
    if (!agent) return
    void router.navigate({
      to: '/w/$workspaceId/a/$agentId',
      params: { workspaceId: agent.workspaceId, agentId: agent.id },
      ...(agent.askId !== undefined && { hash: 'ask' }),
    })
  }
  const isHere = ({ id }: AgentOverview) => id === agentId
  const next = () => open(after(needs, isHere, 1))
  const listed = useSideGroups().groups.flatMap(({ agents }) => agents)
  useKeys('page', [
    { keys: '.', label: 'next that needs you', run: next },
    { keys: 'Alt+.', label: 'next that needs you', inFields: true, isQuiet: true, run: next },
    { keys: '?', label: 'all keys', run: showKeys },
    { keys: 'Ctrl+K', label: 'find or run', inFields: true, isQuiet: true, run: openPalette },
    { keys: 'n', label: 'new agent', isQuiet: true, run: startAgent },
    { keys: 'Alt+ArrowDown', label: 'next agent', inFields: true, isQuiet: true, run: () => open(after(listed, isHere, 1)) },
    { keys: 'Alt+ArrowUp', label: 'agent before', inFields: true, isQuiet: true, run: () => open(after(listed, isHere, -1)) },
    { keys: 'g f', label: 'filter the side bar', isQuiet: true, run: () => sideFilter.set('') },
    { keys: 'g h', label: 'Home', isQuiet: true, run: () => void router.navigate({ to: '/' }) },
    { keys: 'g i', label: 'Inbox', isQuiet: true, run: () => void router.navigate({ to: '/inbox' }) },
    { keys: 'g b', label: 'Board', isQuiet: true, run: () => void router.navigate({ to: '/board' }) },
    { keys: 'g l', label: 'Landing', isQuiet: true, run: () => void router.navigate({ to: '/landing' }) },
    { keys: 'g o', label: 'open a repository', isQuiet: true, run: () => void router.navigate({ to: '/welcome' }) },
    { keys: 'g e', label: 'Eyes', isQuiet: true, run: () => void router.navigate({ to: '/eyes' }) },
    { keys: 'g u', label: 'Usage', isQuiet: true, run: () => void router.navigate({ to: '/usage' }) },
    { keys: 'g r', label: 'Recovery', isQuiet: true, run: () => void router.navigate({ to: '/recovery' }) },
    { keys: 'g s', label: 'Settings', isQuiet: true, run: () => void router.navigate({ to: '/settings/$section', params: { section: 'general' } }) },
  ])
}
