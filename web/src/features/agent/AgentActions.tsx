import type { Agent } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { isAlive } from '~/features/agent/alive'
import { Button } from '~/ui/Button'
import { toastError } from '~/ui/toasts'

const onError = (error: Error) => toastError(error.message)

/** Start, resume or stop: the one that makes sense now. */
export function AgentActions({ agent }: { agent: Agent }) {
  const agentId = agent.id
  const start = useAct('start_agent')
  const resume = useAct('resume_agent')
  const stop = useAct('stop_agent')
  if (isAlive(agent))
    return (
      <Button isSmall icon="stop" disabled={stop.isPending} onClick={() => stop.mutate({ agentId }, { onError })}>
        {stop.isPending ? 'Stopping' : 'Stop'}
      </Button>
    )
  if (agent.sessionId)
    return (
      <Button isSmall icon="play" disabled={resume.isPending} onClick={() => resume.mutate({ agentId }, { onError })}>
        {resume.isPending ? 'Resuming' : 'Resume'}
      </Button>
    )
  return (
    <Button isSmall icon="play" disabled={start.isPending} onClick={() => start.mutate({ agentId }, { onError })}>
      {start.isPending ? 'Starting' : 'Start'}
    </Button>
  )
}
