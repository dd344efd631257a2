import { useNavigate } from '@tanstack/react-router'
import type { WorktreeDetail } from '~/api/generated'
import { useAct } from '~/api/use-act'

/** Creates an agent from just a prompt, starts it, and opens its page once it is running. */
export function useNewAgent(worktree: WorktreeDetail, onCreated?: (prompt: string) => void) {
  const navigate = useNavigate()
  const start = useAct('start_agent', ({ id }) => {
    void navigate({ to: '/w/$workspaceId/a/$agentId', params: { workspaceId: worktree.workspaceId, agentId: id } })
  })
  const create = useAct('create_agent', (agent, { initialPrompt = '' }) => {
    onCreated?.(initialPrompt)
    start.mutate({ agentId: agent.id })
  })
  return {
    run: (initialPrompt: string) => create.mutate({ worktreeId: worktree.id, initialPrompt }),
    isPending: create.isPending || start.isPending,
    error: create.error ?? start.error,
  }
}
