import type { ToolKind } from '~/api/generated'
import { isOver, type ToolItem } from '~/features/agent/items'
import { plainOutput } from '~/lib/ansi'
import { formatDuration } from '~/lib/format'
import { useNow } from '~/lib/clock'
import { visible, visibleName } from '~/lib/visible'
import { readInput } from '~/lib/tool-input'
import { Icon, type IconName } from '~/ui/Icon'
import { Output } from '~/ui/Output'
import { useShortPath } from '~/ui/Root'
import { StatusGlyph } from '~/ui/Status'
import { ToolInput } from '~/ui/ToolInput'

const icons: Record<ToolKind, IconName> = {
  other: 'tool',
  read: 'file',
  edit: 'edit',
  execute: 'terminal',
  search: 'search',
  fetch: 'globe',
  plan: 'list',
  ask: 'question',
  agent: 'people',
}

const states = {
  running: { look: 'running', word: 'running' },
  waiting: { look: 'waiting', word: 'waiting for you' },
  behind: { look: 'idle', word: 'waiting its turn' },
  done: { look: 'finished', word: 'done' },
  failed: { look: 'error', word: 'failed' },
  denied: { look: 'idle', word: 'denied' },
} as const

/** A finished edit of a few lines is shown open; everything else opens on demand. An edit that asks for permission is shown in the dock. */
const fewLines = 14

const viewOf = ({ call, before }: ToolItem) => readInput(call.input, call.name, before)

function isShort(item: ToolItem): boolean {
  return item.call.kind === 'edit' && isOver(item) && viewOf(item).lines.length <= fewLines
}

type ToolCardProps = { item: ToolItem; isToggled: boolean; onToggle: (id: string) => void }

export function ToolCard({ item, isToggled, onToggle }: ToolCardProps) {
  const { call, state } = item
  const isOpen = isToggled !== isShort(item)
  const { look, word } = states[state]
  const title = useShortPath(call.title ?? '')
  return (
    <div className={`rounded-md border border-line bg-bg2 ${call.parent ? 'ml-4' : ''}`}>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => onToggle(item.id)}
        className="touch flex h-8 w-full min-w-0 items-center gap-2 rounded-md px-2.5 text-left hover:bg-bg3"
      >
        <Icon name={icons[call.kind]} className="text-fg2" />
        <span className="shrink-0 font-medium">{visibleName(call.name)}</span>
        <span className="min-w-0 flex-1 truncate font-mono text-sm text-fg1">{title}</span>
        <ChangeCount item={item} />
        <span className="tnum flex shrink-0 items-center gap-1.5 text-sm text-fg2">
          {item.isEdited && <span>edited by you</span>}
          <Elapsed item={item} />
          <StatusGlyph look={look} />
          <span className={state === 'waiting' || state === 'behind' ? '' : 'sr-only'}>{word}</span>
        </span>
        <Icon name={isOpen ? 'down' : 'chevron'} className="size-3 text-fg2" />
      </button>
      {item.progress && state === 'running' && <p className="truncate px-2.5 pb-1.5 text-sm text-fg2">{visible(plainOutput(item.progress))}</p>}
      {isOpen && <ToolBody item={item} />}
    </div>
  )
}

const outputTitles: Partial<Record<ToolItem['state'], string>> = { failed: 'Error', denied: 'Denied' }

function ToolBody({ item }: { item: ToolItem }) {
  const { call, output, state } = item
  const isPlainSuccess = call.kind === 'edit' && state === 'done'
  return (
    <div className="flex flex-col gap-2 px-2.5 pb-2.5">
      <ToolInput view={viewOf(item)} isTitled={call.title !== undefined} />
      {output && !isPlainSuccess && (
        <div className="flex flex-col gap-1">
          <p className="text-xs text-fg2">{outputTitles[state] ?? 'Output'}</p>
          <Output text={output} label={`Output of ${visibleName(call.name)}`} />
        </div>
      )}
      {(item.isCut || call.truncated) && <p className="text-sm text-fg2">Only part of it is shown; the log holds all of it.</p>}
      {state === 'running' && !output && <p className="text-sm text-fg2">No output yet.</p>}
    </div>
  )
}

function ChangeCount({ item }: { item: ToolItem }) {
  if (item.call.kind !== 'edit') return null
  const { lines } = viewOf(item)
  const added = lines.filter(({ kind }) => kind === 'add').length
  const deleted = lines.filter(({ kind }) => kind === 'delete').length
  return (
    <span className="tnum flex shrink-0 gap-1.5 font-mono text-sm">
      {added > 0 && <span className="text-ok">+{added}</span>}
      {deleted > 0 && <span className="text-err">−{deleted}</span>}
    </span>
  )
}

/** Nothing under a second: most tools are instant, and a column of zeros is noise. */
function Elapsed({ item }: { item: ToolItem }) {
  if (item.state === 'running') return <RunningFor since={item.startedAt} />
  const ms = item.endedAt ? Date.parse(item.endedAt) - Date.parse(item.startedAt) : 0
  return ms >= 1000 ? <span>{formatDuration(ms)}</span> : null
}

function RunningFor({ since }: { since: string }) {
  return <span>{formatDuration(useNow() - Date.parse(since))}</span>
}
