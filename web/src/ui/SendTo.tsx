import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Menu } from '~/ui/Menu'

type SendToProps = {
  /** "Send to agent", "Send log to agent". */
  text: string
  /** What is sent, for those who do not see its row. */
  about?: string
  agents: readonly { id: string; name: string }[]
  isOff?: boolean
  onSend: (agentId: string) => void
}

/** Sends something to the agent of a worktree; where there are several, to the one that is chosen. */
export function SendTo({ text, about, agents, isOff = false, onSend }: SendToProps) {
  const [only, ...others] = agents
  const label = about === undefined ? text : `${text}: ${visibleName(about)}`
  if (!only) return null
  if (others.length === 0)
    return (
      <Button isSmall look="quiet" isOff={isOff} aria-label={label} title={`To ${visibleName(only.name)}`} onClick={() => onSend(only.id)}>
        {text}
      </Button>
    )
  return <Menu isSmall label={label} text={text} isOff={isOff} items={agents.map(({ id, name }) => ({ label: name, run: () => onSend(id) }))} />
}
