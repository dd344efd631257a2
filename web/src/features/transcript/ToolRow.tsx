import { memo, use } from 'react'
import type { ToolItem } from '~/features/transcript/items'
import { useRows } from '~/features/transcript/context'
import { Gutter } from '~/features/transcript/Gutter'
import { ToolBody } from '~/features/transcript/ToolBody'
import { failureOf, icons, linesOf, objectOf, pathOf, resultOf, runOf, shortDuration, tookMs, verbOf } from '~/features/transcript/words'
import { plainOutput } from '~/lib/ansi'
import { useTimedText } from '~/lib/clock'
import { formatDuration, plural } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { Icon } from '~/ui/Icon'
import { PlusMinus } from '~/ui/PlusMinus'
import { Root, useShortPath } from '~/ui/Root'
import { StatusGlyph } from '~/ui/Status'

type ToolRowProps = { item: ToolItem; depth: number; calls: number; isOpen: boolean }

/** One call: what it does, to what, and what came of it. It opens in place. */
export const ToolRow = memo(function ToolRow({ item, depth, calls, isOpen }: ToolRowProps) {
  const { onToggle } = useRows()
  const { toolKind, key, state, progress } = item
  const short = useShortPath(pathOf(item) ?? '')
  const object = short || objectOf(item)
  return (
    <Gutter
      isButton
      depth={depth}
      glyph={<Icon name={icons[toolKind]} className="size-3.5 text-fg2" />}
      meta={<ToolMeta item={item} calls={calls} />}
      below={isOpen ? <ToolBody item={item} /> : state === 'failed' ? <Failure item={item} /> : undefined}
    >
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => onToggle(key)}
        className="touch flex h-6 w-full min-w-0 items-center gap-2 rounded-sm text-left text-fg1 hover:text-fg0"
      >
        <span className="shrink-0">{verbOf(item)}</span>
        <span className={`truncate text-sm text-fg0 ${toolKind === 'plan' ? '' : 'font-mono'}`}>{visibleName(object)}</span>
        {item.isEdited && <span className="shrink-0 text-sm text-fg2">edited by you</span>}
      </button>
      {state === 'running' && progress && <p className="truncate pb-1 text-sm text-fg2">{visible(plainOutput(progress))}</p>}
    </Gutter>
  )
})

function ToolMeta({ item, calls }: { item: ToolItem; calls: number }) {
  const { state, exitCode, toolKind } = item
  if (state === 'running') return <Running since={item.startedAt} calls={calls} />
  if (state === 'waiting') return <span className="text-wait">waits for you</span>
  if (state === 'behind') return 'after that'
  if (state === 'denied') return item.refusal === 'withdrawn' ? 'its ask was withdrawn' : 'denied'
  if (state === 'failed')
    return (
      <>
        <StatusGlyph look="error" />
        <span className="text-err">{exitCode === undefined ? 'failed' : `exit ${exitCode}`}</span>
        <span>{shortDuration(tookMs(item))}</span>
      </>
    )
  if (toolKind === 'agent') return [calls > 0 && plural(calls, 'tool'), shortDuration(tookMs(item))].filter(Boolean).join(', ')
  const { added, removed } = linesOf(item)
  return added || removed ? <PlusMinus added={added} removed={removed} isColoured /> : <span>{resultOf(item)}</span>
}

function Running({ since, calls }: { since: string; calls: number }) {
  const text = useTimedText((now) => formatDuration(now - Date.parse(since)))
  return <span>{[calls > 0 && plural(calls, 'tool'), text].filter(Boolean).join(', ')}</span>
}

/** Three lines of what went wrong, whatever is folded around them. */
function Failure({ item }: { item: ToolItem }) {
  const { onToggle } = useRows()
  const { lines, more } = failureOf(item)
  if (lines.length === 0) return null
  return (
    <div className="mt-0.5 mb-1.5 overflow-hidden border-l-2 border-g-err py-1 pl-3 font-mono text-sm text-fg1">
      {lines.map((line, place) => (
        <p key={place} className="truncate whitespace-pre">
          {visible(line)}
        </p>
      ))}
      {more > 0 && (
        <button type="button" onClick={() => onToggle(item.key)} className="touch rounded-sm text-fg2 hover:text-fg0 hover:underline">
          {plural(more, 'more line')}
        </button>
      )}
    </div>
  )
}

/** Paths inside the worktree as they are there. */
function useShortener(): (path: string) => string {
  const root = use(Root)
  return (path) => (root !== undefined && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path)
}

type RunRowProps = { items: readonly ToolItem[]; depth: number; isOpen: boolean; id: string; openKeys: ReadonlySet<string> }

/** Calls of a kind that followed each other, in one row. */
export function RunRow({ items, depth, isOpen, id, openKeys }: RunRowProps) {
  const { onToggle } = useRows()
  const short = useShortener()
  const { verb, objects, more, added, removed, ms } = runOf(items, short)
  const kind = items[0]?.toolKind ?? 'other'
  const meta = added || removed ? <PlusMinus added={added} removed={removed} isColoured /> : shortDuration(ms)
  return (
    <>
      <Gutter isButton depth={depth} glyph={<Icon name={icons[kind]} className="size-3.5 text-fg2" />} meta={meta}>
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => onToggle(id)}
          className="touch flex h-6 w-full min-w-0 items-center gap-2 rounded-sm text-left text-fg1 hover:text-fg0"
        >
          <span className="shrink-0">{verb}</span>
          <span className={`font-mono text-sm text-fg0 ${more ? 'shrink-0' : 'truncate'}`}>{visibleName(objects)}</span>
          {more && <span className="truncate font-mono text-sm text-fg2">{visibleName(more)}</span>}
        </button>
      </Gutter>
      {isOpen && items.map((item) => <ToolRow key={item.key} item={item} depth={depth + 1} calls={0} isOpen={openKeys.has(item.key)} />)}
    </>
  )
}
