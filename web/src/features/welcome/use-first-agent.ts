import { useNavigate } from '@tanstack/react-router'
import { useAct } from '~/api/use-act'

/** Creates an agent from a prompt, starts it and opens its page. */
export function useFirstAgent(workspaceId: string, worktreeId: string, onCreated: (prompt: string) => void) {
  const navigate = useNavigate()
  const open = (agentId: string) => void navigate({ to: '/w/$workspaceId/a/$agentId', params: { workspaceId, agentId } })
  const start = useAct('start_agent', ({ id }) => open(id))
  const create = useAct('create_agent', ({ id }, { initialPrompt = '' }) => {
    onCreated(initialPrompt)
    start.mutate({ agentId: id })
  })
  return {
    run: (initialPrompt: string) => create.mutate({ worktreeId, initialPrompt }),
    isPending: create.isPending || start.isPending,
    error: create.error ?? start.error,
    /** It is there, although it did not start. */
    made: start.isError ? create.data : undefined,
  }
}
