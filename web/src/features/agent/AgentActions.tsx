import type { Agent } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { isAlive } from '~/api/agents'
import { Button } from '~/ui/Button'

/** Start or stop, whichever applies now. A start continues the session if there is one. */
export function AgentActions({ agent }: { agent: Agent }) {
  const agentId = agent.id
  const start = useAct('start_agent', undefined, 'toasted')
  const stop = useAct('stop_agent', undefined, 'toasted')
  if (isAlive(agent))
    return (
      <Button isSmall icon="stop" disabled={stop.isPending} onClick={() => stop.mutate({ agentId })}>
        {stop.isPending ? 'Stopping' : 'Stop'}
      </Button>
    )
  const word = agent.isResumable ? 'Resume' : 'Start'
  return (
    <Button isSmall icon="play" disabled={start.isPending} onClick={() => start.mutate({ agentId })}>
      {start.isPending ? 'Starting' : word}
    </Button>
  )
}
