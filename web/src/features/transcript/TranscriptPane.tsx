import { useMemo, useRef, useState } from 'react'
import type { Agent, FindHit, Turn } from '~/api/generated'
import { CallError } from '~/api/wire'
import { Rows, type TurnActions } from '~/features/transcript/context'
import type { Item } from '~/features/transcript/items'
import { allMarkdown } from '~/features/transcript/markdown-of'
import { isSilent, rowsOf } from '~/features/transcript/rows'
import type { Part, Snapshot } from '~/features/transcript/snapshot'
import { TranscriptList } from '~/features/transcript/TranscriptList'
import { usePlace, useReturn } from '~/features/transcript/use-place'
import { transcriptOf, useTranscript } from '~/features/transcript/use-transcript'
import { useKeys } from '~/lib/keys'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'
import { Skeleton } from '~/ui/Skeleton'

const FindBar = lazyPart(async () => (await import('~/features/transcript/FindBar')).FindBar)

export type TranscriptPaneProps = {
  agent: Agent
  turnActions?: TurnActions
  /** The index of the last message that this person had seen when the page was opened; what follows stands below a line. */
  seenIndex?: number | undefined
  /** The end is in view: the index of the newest message. */
  onSeen?: (index: number) => void
  /** A message's id or a time, from the address: scrolled to, and focused. */
  focusMessageId?: string | undefined
  /** Only what was there at this time. */
  beforeMoment?: string | undefined
  /** The last message sent from this page: its end is shown, wherever the sender was reading. */
  sent?: string | undefined
  /** Sends the failed prompt again. */
  onRetry?: (() => void) | undefined
  /** What to find from the start, from the address. */
  find?: string | undefined
}

const noActions: TurnActions = {}

/** From a turn's prompt up to the next. */
function itemsOfTurn(items: readonly Item[], turn: Turn): readonly Item[] {
  const from = items.findIndex((item) => (turn.messageId === undefined ? item.order >= turn.at : item.messageId === turn.messageId))
  const next = items.findIndex((item, place) => place > from && item.kind === 'prompt')
  return from < 0 ? [] : items.slice(from, next < 0 ? undefined : next)
}

export function TranscriptPane(props: TranscriptPaneProps) {
  const { agent, turnActions = noActions, seenIndex, focusMessageId, beforeMoment, onRetry, find } = props
  const store = transcriptOf(agent.id)
  const snapshot = useTranscript(agent.id)
  const pane = useRef<HTMLDivElement>(null)
  // The words below belong to what they answer.
  const column = useRef<HTMLElement>(null)
  const [isFinding, setFinding] = useState(find !== undefined)
  const [query, setQuery] = useState('')
  const [openKeys, setOpen] = useState<ReadonlySet<string>>(new Set())
  // Whoever moves the time stays on its line.
  const isScrubbed = focusMessageId === undefined && beforeMoment !== undefined
  const { place, go } = usePlace(store, snapshot, focusMessageId ?? beforeMoment)
  const back = useReturn()
  useKeys('pane', [{ keys: 'Ctrl+F', label: 'find', inFields: true, run: () => openFind() }], { within: column })
  function attach(node: HTMLDivElement | null) {
    pane.current = node
    column.current = node?.parentElement ?? null
  }
  function openFind() {
    if (!isFinding) back.note(pane.current)
    setFinding(true)
  }
  function closeFind() {
    setFinding(false)
    setQuery('')
    back.go(go)
  }
  function onHit(hit: FindHit | undefined, q: string) {
    setQuery(q)
    if (hit) void go(hit.messageId ?? hit.createdAt)
  }
  const isWaiting = agent.status === 'running' && agent.statusReason !== 'retrying' && isSilent(snapshot.items)
  const { items, turns, phase } = snapshot
  const isLive = phase === 'live'
  const rows = useMemo(() => rowsOf({ items, turns, isLive, seenIndex, moment: beforeMoment, isWaiting }), [items, turns, isLive, seenIndex, beforeMoment, isWaiting])
  const context = useMemo(
    () => ({
      agentId: agent.id,
      workspaceId: agent.workspaceId,
      worktreeId: agent.worktreeId,
      isDemo: agent.isDemo === true,
      actions: turnActions,
      itemAt: (key: string) => store.get().items.find((item) => item.key === key),
      turnText: (turn: Turn) => allMarkdown(itemsOfTurn(store.get().items, turn)),
      linkTo: (item: Item) => `${window.location.origin}/w/${agent.workspaceId}/a/${agent.id}?msg=${encodeURIComponent(item.messageId ?? item.at)}`,
      onToggle: (key: string) => setOpen((before) => toggled(before, key)),
      onRetry,
    }),
    [agent.id, agent.workspaceId, agent.worktreeId, agent.isDemo, turnActions, store, onRetry],
  )
  return (
    <Rows value={context}>
      <div ref={attach} className="relative flex min-h-0 flex-1 flex-col">
        {isFinding && (
          <LazyPart onFail={closeFind}>
            <FindBar agentId={agent.id} first={find ?? ''} onHit={onHit} onTime={(at) => void go(at)} onClose={closeFind} />
          </LazyPart>
        )}
        {snapshot.error && (
          <div className="px-6">
            <ErrorNote title={errorTitle(snapshot, focusMessageId)} error={snapshot.error} onRetry={() => void store.retry()} />
          </div>
        )}
        {rows.length === 0 && !snapshot.error && <Nothing isRead={isLive} agent={agent} />}
        <TranscriptList key={agent.id} store={store} snapshot={snapshot} rows={rows} openKeys={openKeys} place={place} query={query} sent={props.sent} onSeen={props.onSeen} doesFocus={!isFinding && !isScrubbed} />
      </div>
    </Rows>
  )
}

const failures: Record<Part, string> = {
  newest: 'The newest messages could not be read',
  older: 'The messages before these could not be read',
  newer: 'The messages after these could not be read',
  place: 'The messages around that point could not be read',
  events: 'This agent’s events cannot be followed',
}

function errorTitle({ error, failed, items }: Snapshot, linked: string | undefined): string {
  if (linked !== undefined && error instanceof CallError && error.code === 'NOT_FOUND') return 'The linked message no longer exists'
  return items.length === 0 ? 'This transcript could not be read' : failures[failed]
}

function toggled(keys: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const after = new Set(keys)
  if (!after.delete(key)) after.add(key)
  return after
}

/** Why there is nothing, and what leads to something. */
function emptyText({ adapter, statusReason, deletedAt }: Agent): { title: string; text: string } {
  if (adapter === 'terminal') return { title: 'A program in a terminal', text: 'It has no transcript: what it prints is in the Terminal pane.' }
  if (deletedAt !== undefined) return { title: 'Nothing was said', text: 'It was archived before its first prompt.' }
  if (statusReason === 'not_started') return { title: 'Not started yet', text: 'Tell it below what to do; sending starts it.' }
  return { title: 'Nothing has been said yet', text: 'What the agent says and does appears here.' }
}

function Nothing({ isRead, agent }: { isRead: boolean; agent: Agent }) {
  return (
    <div className="absolute inset-x-0 top-0 mx-auto w-full max-w-[768px] p-6">
      {isRead ? <Empty {...emptyText(agent)} /> : <Skeleton label="Reading the transcript" />}
    </div>
  )
}
