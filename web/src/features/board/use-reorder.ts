import type { AgentOverview, WorktreeOverview } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { toastUndo } from '~/ui/toasts'

function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.toSpliced(from, 1)
  const item = list[from]
  return item === undefined ? rest : rest.toSpliced(to, 0, item)
}

const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id)

/** New orders by menu, by key or by dragging; each can be undone. Only in free order is there an order to change. */
export function useReorder() {
  const agents = useAct('reorder_agents', undefined, 'toasted')
  const worktrees = useAct('reorder_worktrees', undefined, 'toasted')
  return {
    moveAgent(list: readonly AgentOverview[], agent: AgentOverview, to: number) {
      const { worktreeId } = agent
      const from = list.findIndex(({ id }) => id === agent.id)
      if (from < 0 || to < 0 || to >= list.length || to === from) return
      const before = ids(list)
      agents.mutate({ worktreeId, agentIds: ids(moved(list, from, to)) }, { onSuccess: () => toastUndo('Moved the agent', () => agents.mutateAsync({ worktreeId, agentIds: before })) })
    },
    moveWorktree(list: readonly WorktreeOverview[], worktree: WorktreeOverview, to: number) {
      const { workspaceId } = worktree
      const from = list.findIndex(({ id }) => id === worktree.id)
      if (from < 0 || to < 0 || to >= list.length || to === from) return
      const before = ids(list)
      worktrees.mutate({ workspaceId, worktreeIds: ids(moved(list, from, to)) }, { onSuccess: () => toastUndo('Moved the worktree', () => worktrees.mutateAsync({ workspaceId, worktreeIds: before })) })
    },
  }
}
