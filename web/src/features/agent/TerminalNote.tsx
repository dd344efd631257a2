import type { Agent } from '~/api/generated'
import { visibleName } from '~/lib/visible'
import { Empty } from '~/ui/Notes'

/** A program in a terminal draws a screen; its transcript can hold only the messages sent to it and its exit. */
export function TerminalNote({ agent }: { agent: Agent }) {
  const command = agent.command && visibleName(agent.command.join(' '))
  return (
    <div className="mx-auto w-full max-w-[832px] shrink-0 p-4">
      <Empty
        icon="terminal"
        title="The output of a terminal agent is not shown here yet; its status is live."
        {...(command !== undefined && { command })}
      />
    </div>
  )
}
