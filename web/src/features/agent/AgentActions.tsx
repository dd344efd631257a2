import type { Agent } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { isAlive } from '~/api/agents'
import { Button } from '~/ui/Button'
import { toastError } from '~/ui/toasts'

const onError = (error: Error) => toastError(error.message)

/** Start or stop: the one that makes sense now. A start goes on with the session where there is one. */
export function AgentActions({ agent }: { agent: Agent }) {
  const agentId = agent.id
  const start = useAct('start_agent')
  const stop = useAct('stop_agent')
  if (isAlive(agent))
    return (
      <Button isSmall icon="stop" disabled={stop.isPending} onClick={() => stop.mutate({ agentId }, { onError })}>
        {stop.isPending ? 'Stopping' : 'Stop'}
      </Button>
    )
  const word = agent.sessionId ? 'Resume' : 'Start'
  return (
    <Button isSmall icon="play" disabled={start.isPending} onClick={() => start.mutate({ agentId }, { onError })}>
      {start.isPending ? 'Starting' : word}
    </Button>
  )
}
