import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import type { Agent } from '~/api/generated'
import type { Item, Snapshot } from '~/features/agent/items'
import { TranscriptRow } from '~/features/agent/TranscriptRow'
import { Button } from '~/ui/Button'
import { Empty, Skeleton } from '~/ui/Notes'

const nearEnd = 48

const heights: Record<Item['kind'], number> = { prompt: 72, text: 110, thought: 40, tool: 44, ask: 44, turn: 36, note: 52 }

/**
 * Keeps the scroll position: it stays at the end while the reader is there, even when the view shrinks, and never moves under a
 * reader who is elsewhere.
 */
function useFollowing(items: readonly Item[], isLive: boolean) {
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (place) => heights[items[place]?.kind ?? 'note'],
    getItemKey: (place) => items[place]?.id ?? place,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: nearEnd,
    overscan: 6,
    paddingStart: 16,
    paddingEnd: 16,
  })
  useEffect(() => {
    if (isLive) rows.scrollToEnd()
  }, [isLive, rows])
  useEffect(() => {
    const node = scroller.current
    if (!node) return undefined
    let height = node.clientHeight
    // An ask or a long message takes space from the view above it.
    const observer = new ResizeObserver(() => {
      const wasAtEnd = node.scrollHeight - node.scrollTop - height <= nearEnd
      height = node.clientHeight
      if (wasAtEnd) rows.scrollToEnd()
    })
    observer.observe(node)
    return () => observer.disconnect()
  }, [rows])
  return { scroller, rows }
}

type ViewProps = {
  transcript: Snapshot
  agent: Agent
  /** The last message sent from this page: it scrolls into view, wherever the sender was reading. */
  sent: string | undefined
}

export function TranscriptView({ transcript, agent, sent }: ViewProps) {
  const { items, isLive } = transcript
  const { scroller, rows } = useFollowing(items, isLive)
  const own = items.findLast((item) => item.kind === 'prompt' && item.messageId === sent)?.id
  useEffect(() => {
    if (own !== undefined) rows.scrollToEnd()
  }, [own, rows])
  const [seen, setSeen] = useState(0)
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set())
  const isAtEnd = rows.isAtEnd(nearEnd)
  if (isAtEnd && seen !== items.length) setSeen(items.length)
  function toggle(id: string) {
    setToggled((before) => {
      const after = new Set(before)
      if (!after.delete(id)) after.add(id)
      return after
    })
  }
  return (
    <div className="relative min-h-0 flex-1">
      {items.length === 0 && agent.adapter !== 'terminal' && <Waiting isLive={isLive} isStarted={agent.statusReason !== 'not_started'} />}
      <div
        ref={scroller}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Transcript"
        className="h-full overflow-y-auto overscroll-contain [overflow-anchor:none] focus-visible:-outline-offset-2"
      >
        <ol className="relative w-full" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, key, start }) => {
            const item = items[index]
            if (!item) return null
            return (
              <li
                key={key}
                ref={rows.measureElement}
                data-index={index}
                className="absolute inset-x-0 top-0 px-4 pb-3"
                style={{ transform: `translateY(${start}px)` }}
              >
                <div className="mx-auto max-w-[800px]">
                  <TranscriptRow item={item} agentId={agent.id} isDemo={agent.isDemo === true} isToggled={toggled.has(item.id)} onToggle={toggle} />
                </div>
              </li>
            )
          })}
        </ol>
      </div>
      {!isAtEnd && items.length > 0 && <ToEnd news={items.length - seen} onClick={() => rows.scrollToEnd()} />}
    </div>
  )
}

function Waiting({ isLive, isStarted }: { isLive: boolean; isStarted: boolean }) {
  return (
    <div className="absolute inset-x-0 top-0 mx-auto w-full max-w-[800px] p-4">
      {isLive ? (
        <Empty icon="terminal" title={isStarted ? 'Nothing has been said yet.' : 'This agent has not been started. Tell it what to do below.'} />
      ) : (
        <Skeleton rows={4} />
      )}
    </div>
  )
}

function ToEnd({ news, onClick }: { news: number; onClick: () => void }) {
  return (
    <div className="absolute inset-x-0 bottom-3 flex justify-center">
      <div className="rounded-md shadow-pop">
        <Button isSmall icon="down" onClick={onClick}>
          {news > 0 ? `${news} new` : 'To the end'}
        </Button>
      </div>
    </div>
  )
}
