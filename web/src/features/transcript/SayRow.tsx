import { useQuery } from '@tanstack/react-query'
import { memo, useMemo } from 'react'
import { messageQuery } from '~/api/workspace-queries'
import { useRows } from '~/features/transcript/context'
import { Gutter } from '~/features/transcript/Gutter'
import type { TextItem, ThoughtItem } from '~/features/transcript/items'
import type { SayRow as Row } from '~/features/transcript/rows'
import { formatBytes, formatDuration } from '~/lib/format'
import { blocksOf } from '~/lib/markdown'
import { plainLines } from '~/lib/tool-input'
import { visible } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { Icon } from '~/ui/Icon'
import { Lines } from '~/ui/Lines'
import { MarkdownBlocks } from '~/ui/Markdown'

/** Some blocks of what the agent says. A sub-agent's words are smaller, and explain. */
export const SayRow = memo(function SayRow({ row }: { row: Row }) {
  const { item, tokens, source, isFirst, isLast, depth } = row
  const blocks = useMemo(() => tokens ?? blocksOf(source), [tokens, source])
  return (
    <div className={`${isFirst ? 'pt-px' : 'pt-2.5'} ${isLast ? 'pb-2' : ''}`}>
      <Gutter depth={depth}>
        <div className={depth > 0 ? 'text-fg1 [--fs-md:var(--fs-base)] [--lh-md:var(--lh-base)]' : ''}>
          <MarkdownBlocks tokens={blocks} />
        </div>
        {isLast && item.isIncomplete && <p className="pt-1 text-sm text-fg2">Incomplete: the rest of this answer never came.</p>}
      </Gutter>
    </div>
  )
})

/** A long answer as lines, of which only those in view are in the document; all of it on demand. */
export function LongRow({ item, depth, isOpen }: { item: TextItem; depth: number; isOpen: boolean }) {
  const { agentId, onToggle } = useRows()
  const { messageId, isCut, size, text: beginning } = item
  const { data, error, refetch } = useQuery({ ...messageQuery(agentId, messageId ?? ''), enabled: isOpen && messageId !== undefined })
  const text = data?.content ?? beginning
  const lines = useMemo(() => plainLines(text), [text])
  const canOpen = isCut && messageId !== undefined && !isOpen
  return (
    <Gutter depth={depth}>
      <div className="flex flex-col items-start gap-1.5 pb-2 *:w-full">
        <Lines lines={lines} label="Answer" copy={text} maxHeight="max-h-[60dvh]" />
        {canOpen && (
          <p className="flex flex-wrap items-center gap-2 text-sm text-fg2">
            Only the beginning{size !== undefined && ` of ${formatBytes(size)}`} is shown.
            <Button isSmall onClick={() => onToggle(item.key)}>
              Show all
            </Button>
          </p>
        )}
        {isCut && messageId === undefined && <p className="text-sm text-fg2">The text is cut here; the log holds all of it.</p>}
        {isOpen && !data && !error && <p className="text-sm text-fg2">Reading all of it…</p>}
        {isOpen && error && <ErrorNote title="Not all of it could be read" error={error} onRetry={() => void refetch()} />}
        {data?.truncated && <p className="text-sm text-fg2">The text is cut here; Muster did not keep the rest.</p>}
      </div>
    </Gutter>
  )
}

type ThoughtProps = { item: ThoughtItem; tookMs: number; depth: number; isOpen: boolean }

export function ThoughtRow({ item, tookMs, depth, isOpen }: ThoughtProps) {
  const { onToggle } = useRows()
  return (
    <Gutter isButton depth={depth} glyph={<Icon name={isOpen ? 'down' : 'chevron'} className="size-3.5 text-fg2" />}>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => onToggle(item.key)}
        className="touch flex h-6 max-w-full items-center gap-2 rounded-sm text-left text-fg2 hover:text-fg0"
      >
        <span className="shrink-0">{tookMs >= 1000 ? `Thought for ${formatDuration(tookMs)}` : 'Thought'}</span>
        {!isOpen && <span className="truncate text-sm">{visible(item.text.split('\n')[0] ?? '')}</span>}
      </button>
      {isOpen && <p className="pt-0.5 pb-2 [overflow-wrap:anywhere] whitespace-pre-wrap text-fg1">{visible(item.text)}</p>}
    </Gutter>
  )
}
