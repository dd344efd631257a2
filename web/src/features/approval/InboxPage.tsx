import { useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { Link } from '@tanstack/react-router'
import { agentsOf } from '~/api/agents'
import { mostAsks, openAsksQuery, workspaceQuery } from '~/api/queries'
import { useSetting } from '~/api/settings'
import { useAct } from '~/api/use-act'
import { useCommand } from '~/api/use-command'
import { useBefore } from '~/api/use-before'
import { useWholeInput } from '~/api/use-whole-input'
import type { Ask } from '~/api/generated'
import { useLostFocus } from '~/lib/focus'
import { plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { AskCard } from '~/ui/AskCard'
import { Button } from '~/ui/Button'
import { DemoBadge } from '~/ui/Demo'
import { Empty, ErrorNote, Skeleton } from '~/ui/Notes'
import { Page } from '~/ui/Page'

/** Every open ask of every agent, oldest first. */
export function InboxPage() {
  const asks = useQuery(openAsksQuery())
  const open = asks.data?.asks.length ?? 0
  return (
    <Page title="Inbox" lead={asks.data && (open > 0 ? `${plural(open, 'ask')} from your agents, oldest first.` : 'What your agents ask.')}>
      <NotifyMe />
      <Asks />
    </Page>
  )
}

/** A browser grants notifications only after a person's gesture. */
function NotifyMe() {
  const isWanted = useSetting('notifications') !== 'false'
  const [permission, setPermission] = useState(() => ('Notification' in window ? Notification.permission : 'denied'))
  if (!isWanted || permission !== 'default') return null
  return (
    <p>
      <Button isSmall onClick={() => void Notification.requestPermission().then(setPermission)}>
        Notify me of new asks while this page is hidden
      </Button>
    </p>
  )
}

function leave() {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
}

function Asks() {
  const asks = useQuery(openAsksQuery())
  const list = useRef<HTMLUListElement>(null)
  const focus = useLostFocus(() => {
    const next = list.current?.querySelector('section') ?? document.getElementById('content')
    next?.focus()
  })
  const command = useCommand('ask list')
  if (asks.error) return <ErrorNote title="The inbox could not be read" error={asks.error} onRetry={() => void asks.refetch()} />
  if (!asks.data) return <Skeleton rows={2} height="h-36" />
  if (asks.data.asks.length === 0) return <Empty icon="inbox" title="Nothing needs your attention." command={command} />
  const sorted = [...asks.data.asks].sort((a, b) => a.createdAt.localeCompare(b.createdAt))
  return (
    <>
      {sorted.length >= mostAsks && <p className="text-fg1">The newest {mostAsks} are listed; older ones follow once these are answered.</p>}
      <ul ref={list} {...focus} aria-label="Open asks" className="flex max-w-3xl flex-col gap-3">
        {sorted.map((ask) => (
          <li key={ask.id}>
            <InboxAsk ask={ask} />
          </li>
        ))}
      </ul>
    </>
  )
}

function InboxAsk({ ask }: { ask: Ask }) {
  const answer = useAct('answer_ask')
  const whole = useWholeInput({ ...ask, askId: ask.id }, answer.error)
  const { digest = ask.digest } = whole
  const before = useBefore(whole.input, useWorktree(ask))
  return (
    <AskCard
      ask={{ ...ask, ...whole, before, at: ask.createdAt }}
      from={<From ask={ask} />}
      isBusy={answer.isPending || answer.isSuccess}
      error={answer.error}
      onLeave={leave}
      onAnswer={(given) => answer.mutate({ askId: ask.id, digest, ...given })}
    />
  )
}

function useWorktree({ workspaceId, worktreeId }: Ask) {
  const workspace = useQuery({ ...workspaceQuery(workspaceId ?? ''), enabled: workspaceId !== undefined })
  return { workspaceId, worktree: workspace.data?.worktrees.find(({ id }) => id === worktreeId) }
}

/** Only an agent's ask names a worktree. */
function From({ ask }: { ask: Ask }) {
  return ask.workspaceId === undefined ? null : <FromAgent ask={ask} workspaceId={ask.workspaceId} />
}

function FromAgent({ ask, workspaceId }: { ask: Ask; workspaceId: string }) {
  const workspace = useQuery(workspaceQuery(workspaceId))
  const worktree = workspace.data?.worktrees.find(({ id }) => id === ask.worktreeId)
  const agent = worktree && agentsOf(worktree).find(({ id }) => id === ask.subjectId)
  return (
    <>
      <Link
        to="/w/$workspaceId/a/$agentId"
        params={{ workspaceId, agentId: ask.subjectId }}
        className="truncate text-accent underline underline-offset-2"
      >
        {visibleName(agent?.name ?? 'Agent')}
      </Link>
      {agent?.isDemo && <DemoBadge />}
      {workspace.data && (
        <span className="min-w-0 truncate text-sm text-fg2">
          {visibleName(workspace.data.name)}
          {worktree && ` / ${visibleName(worktree.name)}`}
        </span>
      )}
    </>
  )
}
