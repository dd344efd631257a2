import type { Agent } from '~/api/generated'
import { visible } from '~/lib/visible'
import { Empty } from '~/ui/Notes'

/** A program in a terminal draws a screen, and tells nothing that a transcript could hold but its messages and its end. */
export function TerminalNote({ agent }: { agent: Agent }) {
  const command = agent.command && visible(agent.command.join(' '))
  return (
    <div className="mx-auto w-full max-w-[832px] shrink-0 p-4">
      <Empty
        icon="terminal"
        title="Output of a terminal agent is shown in a later version; its status is live."
        {...(command !== undefined && { command })}
      />
    </div>
  )
}
