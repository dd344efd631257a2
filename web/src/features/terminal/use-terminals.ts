import { useQuery } from '@tanstack/react-query'
import type { Agent, Terminal } from '~/api/generated'
import { terminalsQuery } from '~/api/terminal-queries'
import { formatClock } from '~/lib/format'
import { createStore, useStore } from '~/lib/store'

/** A terminal that can be shown: the agent's own, or one opened beside it. */
export type Shell = { launchId: string; name: string; hint: string; isRunning: boolean; endedAt: string | undefined; terminal: Terminal | undefined }

function hintOf({ state, exitCode, endedAt, title }: Terminal): string {
  if (state === 'running') return title ?? 'running'
  const word = { exited: exitCode === undefined ? 'ended by a signal' : `exited, code ${exitCode}`, closed: 'closed', lost: 'its end was not seen' }[state]
  return endedAt === undefined ? word : `${word}, ${formatClock(endedAt)}`
}

function shellOf(terminal: Terminal): Shell[] {
  const { launchId, name, state, endedAt } = terminal
  return launchId === undefined ? [] : [{ launchId, name, hint: hintOf(terminal), isRunning: state === 'running', endedAt, terminal }]
}

function ownOf(agent: Agent | undefined): Shell[] {
  if (agent?.adapter !== 'terminal' || agent.launchId === undefined) return []
  const isRunning = agent.pid !== undefined
  return [{ launchId: agent.launchId, name: 'agent', hint: isRunning ? 'running' : 'ended', isRunning, endedAt: agent.stoppedAt, terminal: undefined }]
}

/** Which of a worktree's terminals are on screen; kept while the page is open. */
type Layout = { first?: string; second?: string }
const layouts = createStore<Readonly<Record<string, Layout>>>({})
const noLayout: Layout = {}

export function useTerminals(workspaceId: string, worktreeId: string, agent: Agent | undefined) {
  const { data, error, refetch } = useQuery(terminalsQuery(workspaceId, worktreeId))
  const layout = useStore(layouts)[worktreeId] ?? noLayout
  const shells = [...ownOf(agent), ...(data?.terminals.flatMap(shellOf) ?? [])]
  const find = (launchId: string | undefined) => shells.find((shell) => shell.launchId === launchId)
  const first = find(layout.first) ?? shells.find(({ isRunning }) => isRunning) ?? shells[0]
  const second = find(layout.second)
  const set = (next: Layout) => layouts.set((all) => ({ ...all, [worktreeId]: next }))
  return {
    isKnown: data !== undefined,
    error,
    refetch: () => void refetch(),
    shells,
    first,
    second: second?.launchId === first?.launchId ? undefined : second,
    show: (launchId: string) => set({ ...layout, first: launchId }),
    split: (launchId: string | undefined) =>
      set({ ...(first && { first: first.launchId }), ...(launchId !== undefined && launchId !== first?.launchId && { second: launchId }) }),
  }
}
