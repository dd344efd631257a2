import { useRef, useState, type ReactNode } from 'react'
import { createPortal } from 'react-dom'
import type { Agent } from '~/api/generated'
import { useAct } from '~/api/use-act'
import type { FilePlace } from '~/features/terminal/links'
import { PastScreen, type Moment } from '~/features/terminal/PastScreen'
import { Picks } from '~/features/terminal/Picks'
import type { Session } from '~/features/terminal/session'
import { TerminalView } from '~/features/terminal/TerminalView'
import { useTerminals, type PaneLog, type Shell } from '~/features/terminal/use-terminals'
import { Button } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Skeleton } from '~/ui/Skeleton'

export type TerminalPaneProps = {
  workspaceId: string
  worktreeId: string
  /** Whose own terminal comes first, if its program runs in one. */
  agent?: Agent | undefined
  /** A moment of the past, at which all terminals are shown. */
  at?: Moment | undefined
  /** A place in a file that a terminal names was chosen. */
  onPlace?: ((place: FilePlace) => void) | undefined
  /** Output of scripts, shown like terminals. */
  logs?: readonly PaneLog[]
  /** The right end of the pane's head, where the choice of a terminal goes; without it, the pane has a head of its own. */
  head?: HTMLElement | null | undefined
}

/** The terminals of a worktree: the agent's own, and the shells beside it. */
export function TerminalPane(props: TerminalPaneProps) {
  const { workspaceId, worktreeId, agent, at, onPlace, head, logs = [] } = props
  const terminals = useTerminals(workspaceId, worktreeId, agent, logs)
  const [session, setSession] = useState<Session>()
  const heading = useRef<HTMLDivElement>(null)
  const { first, second } = terminals
  const picks = <Picks worktreeId={worktreeId} agentId={agent?.id} terminals={terminals} session={session} />
  const leave = () => (head ?? heading.current)?.querySelector('button')?.focus()
  function show({ id, name, endedAt, log }: Shell, isFirst: boolean) {
    if (log) return log
    if (at) return <PastScreen key={id} launchId={id} at={at} />
    function onSession(next: Session | undefined) {
      if (!isFirst) return
      setSession(next)
      // What is shown stays, also when a newer one is opened elsewhere.
      if (next) terminals.show(id)
    }
    return <TerminalView key={id} launchId={id} name={name} endedAt={endedAt} onPlace={onPlace} onLeave={leave} onSession={onSession} />
  }
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      {head ? createPortal(picks, head) : head === undefined && <Head ref={heading}>{picks}</Head>}
      {terminals.error && (
        <div className="px-4">
          <ErrorNote title="The terminals could not be read" error={terminals.error} onRetry={terminals.refetch} />
        </div>
      )}
      {!terminals.isKnown && !first && !terminals.error && (
        <div className="px-4">
          <Skeleton label="Reading the terminals" />
        </div>
      )}
      {terminals.isKnown && !first && <NoTerminal worktreeId={worktreeId} agentId={agent?.id} onMade={terminals.open} />}
      {first && show(first, true)}
      {second && <div className="flex min-h-0 flex-1 flex-col border-t border-line">{show(second, false)}</div>}
    </div>
  )
}

function Head({ ref, children }: { ref: React.Ref<HTMLDivElement>; children: ReactNode }) {
  return (
    <div ref={ref} className="flex h-9 shrink-0 items-center justify-end gap-1 border-b border-line px-2">
      {children}
    </div>
  )
}

function NoTerminal({ worktreeId, agentId, onMade }: { worktreeId: string; agentId: string | undefined; onMade: (launchId: string) => void }) {
  const create = useAct('create_terminal', ({ launchId }) => launchId !== undefined && onMade(launchId))
  return (
    <div className="px-4">
      <Empty
        title="No terminal is open here"
        text="A shell in this worktree, with your rights, beside the agent."
        action={
          <Button look="solid" isOff={create.isPending} onClick={() => create.mutate(agentId === undefined ? { worktreeId } : { agentId })}>
            New shell
          </Button>
        }
      />
      {create.error && <ErrorNote title="The shell could not be started" error={create.error} />}
    </div>
  )
}
