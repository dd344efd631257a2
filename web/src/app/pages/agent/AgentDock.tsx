import { useQuery } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { useEffect, useRef, type KeyboardEvent, type RefObject } from 'react'
import type { Agent } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import { useAct } from '~/api/use-act'
import { Composer } from '~/features/composer/Composer'
import { useNow } from '~/lib/clock'
import { formatWhen } from '~/lib/dates'
import { isTouch, useLostFocus } from '~/lib/focus'
import { Button } from '~/ui/Button'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'

const AgentAsks = lazyPart(async () => (await import('~/features/ask/AgentAsks')).AgentAsks)

const RemovedWorktree = lazyPart(async () => (await import('~/features/recovery/RemovedWorktree')).RemovedWorktree)

type AgentDockProps = {
  agent: Agent
  onSent: (messageId: string) => void
  /** A part of the page that is not its main one: files are dropped there, and it does not take the focus when it opens. */
  area?: RefObject<HTMLElement | null>
}

/**
 * `.` and links to an ask lead to the ask and not to the words, once its code and the ask are here. Who presses a key or a button
 * before that is at something else, and keeps the focus.
 */
function useFocusOnAsk(dock: RefObject<HTMLDivElement | null>, agentId: string, isOn: boolean) {
  const location = useLocation()
  useEffect(() => {
    // While another agent's page is on its way, the address is ahead of what is drawn.
    const isNamed = location.hash === 'ask' && location.pathname.endsWith(`/${agentId}`)
    if (!isNamed || !isOn || !dock.current) return undefined
    const observer = new MutationObserver(look)
    function end() {
      observer.disconnect()
      for (const name of ['keydown', 'pointerdown']) window.removeEventListener(name, end, true)
    }
    function look() {
      const ask = dock.current?.querySelector<HTMLElement>('[data-ask]')
      ask?.focus()
      if (ask) end()
    }
    observer.observe(dock.current, { childList: true, subtree: true })
    for (const name of ['keydown', 'pointerdown']) window.addEventListener(name, end, true)
    look()
    return end
  }, [location, dock, agentId, isOn])
}

/** The raised thing at the bottom: the open ask, what waits, the words. */
export function AgentDock({ agent, onSent, area }: AgentDockProps) {
  const dock = useRef<HTMLDivElement>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const write = () => field.current?.focus()
  // Not to the next ask: what is typed then is text.
  const focus = useLostFocus(() => !isTouch() && write())
  useFocusOnAsk(dock, agent.id, area === undefined)
  /** From the words to the ask, as it says itself, whatever waits between them: Tab leads through that on the way back. */
  function toAsk(event: KeyboardEvent) {
    const ask = dock.current?.querySelector<HTMLElement>('[data-ask]')
    if (event.key !== 'Tab' || !event.shiftKey || event.target !== field.current || !ask) return
    event.preventDefault()
    ask.focus()
  }
  if (agent.deletedAt !== undefined) return <Archived agent={agent} />
  const asks = agent.status === 'waiting' && (
    <LazyPart>
      <AgentAsks agentId={agent.id} onLeave={write} onDone={write} />
    </LazyPart>
  )
  return (
    <div ref={dock} role="presentation" {...focus} onKeyDown={toAsk} className="mx-auto flex min-h-0 w-full max-w-[832px] flex-col">
      <Composer agent={agent} field={field} onSent={onSent} area={area} ask={asks || undefined} />
    </div>
  )
}

/** Replaces the composer: an archived agent accepts nothing until it is restored, and before it its worktree. */
function Archived({ agent }: { agent: Agent }) {
  const overview = useQuery(overviewQuery()).data
  const isHomeless = overview !== undefined && !overview.worktrees.some(({ id }) => id === agent.worktreeId)
  if (isHomeless)
    return (
      <div data-foot="" className="mx-auto w-full max-w-[832px] border-t border-line px-4">
        <LazyPart>
          <RemovedWorktree worktreeId={agent.worktreeId} />
        </LazyPart>
      </div>
    )
  return <Restore agent={agent} />
}

function Restore({ agent }: { agent: Agent }) {
  const now = useNow()
  const restore = useAct('restore_agent', undefined, 'toasted')
  return (
    <p data-foot="" className="mx-auto flex w-full max-w-[832px] flex-wrap items-center justify-between gap-2 border-t border-line px-4 py-3 text-fg1">
      This agent was archived {formatWhen(agent.deletedAt ?? '', now)}. Its transcript is kept.
      <Button icon="restore" disabled={restore.isPending} onClick={() => restore.mutate({ agentId: agent.id })}>
        {restore.isPending ? 'Restoring' : 'Restore'}
      </Button>
    </p>
  )
}
