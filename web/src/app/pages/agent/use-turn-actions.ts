import { useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Agent, Turn } from '~/api/generated'
import { useAct } from '~/api/use-act'
import type { AgentPlace } from '~/app/pages/agent/use-place'

/** What the strip at the end of a turn leads to: its diff, its checkpoint, a fork from there. */
export function useTurnActions(agent: Agent, { goDiff }: AgentPlace) {
  const navigate = useNavigate()
  const { workspaceId, worktreeId, id: agentId } = agent
  const { mutate: fork } = useAct('fork_agent', ({ id }) => void navigate({ to: '/w/$workspaceId/a/$agentId', params: { workspaceId, agentId: id } }), 'toasted')
  return useMemo(
    () => ({
      onDiff: ({ index }: Turn) => goDiff(`${agentId}:${index}:start..${agentId}:${index}:end`),
      onRestore: ({ checkpointId }: Turn) => {
        if (checkpointId !== undefined) void navigate({ to: '/recovery', search: { kind: 'checkpoints', at: checkpointId, w: workspaceId, wt: worktreeId } })
      },
      onFork: ({ checkpointId }: Turn) => {
        if (checkpointId !== undefined) fork({ agentId, checkpointId })
      },
    }),
    // The address changes with every pane; what leads there does not.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [agentId],
  )
}
