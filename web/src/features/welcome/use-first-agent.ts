import { useNavigate } from '@tanstack/react-router'
import type { AgentCreate } from '~/api/generated'
import { useAct, useIsMounted } from '~/api/use-act'

/** What happens without being asked for, whatever the settings say: it only reads. */
const asksFirst: Pick<AgentCreate, 'mode' | 'permissions'> = { mode: 'regular', permissions: ['read'] }

/** Creates an agent from a prompt, starts it and opens its page. `onStarted`: the prompt is the agent's now. */
export function useFirstAgent(workspaceId: string, where: Pick<AgentCreate, 'worktreeId' | 'adapter'>, onStarted: (prompt: string) => void) {
  const navigate = useNavigate()
  const isMounted = useIsMounted()
  const start = useAct('start_agent')
  const create = useAct('create_agent', ({ id }, { initialPrompt = '' }) => begin(id, initialPrompt))
  function begin(agentId: string, prompt: string) {
    start.mutate(
      { agentId },
      {
        onSuccess() {
          onStarted(prompt)
          if (isMounted.current) void navigate({ to: '/w/$workspaceId/a/$agentId', params: { workspaceId, agentId } })
        },
      },
    )
  }
  const made = start.isError ? create.data : undefined
  const sent = create.variables?.initialPrompt
  return {
    /** The same words again start the agent that they made; other words make another one. */
    run: (initialPrompt: string) => (made && sent === initialPrompt ? begin(made.id, initialPrompt) : create.mutate({ ...where, ...asksFirst, initialPrompt })),
    isPending: create.isPending || start.isPending,
    error: create.error ?? start.error,
    /** It is there, although it did not start; it keeps the words that made it. */
    made,
  }
}
