import { useQuery } from '@tanstack/react-query'
import type { Turn, TurnState } from '~/api/generated'
import { readQuery } from '~/api/live'
import { useRows } from '~/features/transcript/context'
import { Gutter } from '~/features/transcript/Gutter'
import type { LineSum } from '~/features/transcript/rows'
import { useTimedText } from '~/lib/clock'
import { formatClock, formatCost, formatDuration, formatFull, formatMinute, formatNumber, plural } from '~/lib/format'
import { nothingIsPaid } from '~/ui/Demo'
import { useCopy } from '~/ui/CopyButton'
import { type Look } from '~/lib/status'
import { StatusGlyph } from '~/ui/Status'

const looks: Record<TurnState, { look: Look; word: string }> = {
  running: { look: 'running', word: '' },
  ok: { look: 'finished', word: '' },
  error: { look: 'error', word: 'failed' },
  interrupted: { look: 'stopped', word: 'interrupted' },
  unknown: { look: 'idle', word: 'outcome unknown' },
}

type Figures = { files: number; added: number; removed: number }

/**
 * What the files at the end of a turn differ in from those at its start; as long as these were not both kept, what its tools have
 * edited. Undefined while it is read.
 */
function useFigures({ startCheckpointId: from, checkpointId: to, filesChanged }: Turn, lines: LineSum | undefined): Figures | undefined {
  const { workspaceId, worktreeId } = useRows()
  const isKept = from !== undefined && to !== undefined
  const { data, error } = useQuery({
    ...readQuery('get_worktree_diff', { workspaceId, worktreeId, from: from ?? '', to: to ?? '', hunks: false, counts: true, limit: 1 }),
    enabled: isKept,
    staleTime: Infinity,
    retry: false,
  })
  if (data) return { files: data.totalFiles, added: data.totalAdded, removed: data.totalRemoved }
  return isKept && !error ? undefined : { files: filesChanged, added: lines?.added ?? 0, removed: lines?.removed ?? 0 }
}

type StripRowProps = {
  turn: Turn
  lines: LineSum | undefined
  /** The next turn begins with the same prompt. */
  isSentAgain: boolean
}

/** How a turn went: time, files, cost; and what can be done with it. */
export function StripRow({ turn, lines, isSentAgain }: StripRowProps) {
  const { actions, turnText, isDemo } = useRows()
  const copy = useCopy()
  const { look, word } = looks[turn.outcome]
  const { durationMs, costMicros = 0 } = turn
  const figures = useFigures(turn, lines)
  const facts = [
    word,
    durationMs !== undefined && formatDuration(durationMs),
    figures && figures.files > 0 && [plural(figures.files, 'file'), figures.added > 0 && `+${formatNumber(figures.added)}`, figures.removed > 0 && `−${formatNumber(figures.removed)}`].filter(Boolean).join(' '),
    costMicros > 0 && (isDemo ? nothingIsPaid : formatCost(costMicros / 1_000_000)),
      isSentAgain && 'its prompt was sent again',
  ].filter(Boolean)
  const { onDiff, onRestore, onFork } = actions
  return (
    <div className="flex min-h-7 flex-wrap items-center gap-x-3 text-sm text-fg2">
      <span className="flex w-4 justify-center">
        <StatusGlyph look={look} word={turn.outcome === 'ok' ? 'Turn done' : `Turn ${word}`} />
      </span>
      <span className="text-fg1">Turn {turn.index + 1}</span>
      <span>{facts.join(' · ')}</span>
      <span className="h-px min-w-4 flex-1 bg-line" />
      <span className="ml-auto flex gap-3">
        {onDiff && figures && figures.files > 0 && <Act label="Diff" onClick={() => onDiff(turn)} />}
        {onRestore && turn.checkpointId && <Act label="Restore" onClick={() => onRestore(turn)} />}
        {onFork && turn.checkpointId && <Act label="Fork" onClick={() => onFork(turn)} />}
        <Act label={copy.isDone ? 'Copied' : 'Copy'} onClick={() => copy.copy(turnText(turn))} />
      </span>
    </div>
  )
}

function Act({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" onClick={onClick} className="touch min-h-6 min-w-6 rounded-sm text-fg1 hover:text-fg0 hover:underline hover:underline-offset-3">
      {label}
    </button>
  )
}

/** What came while nobody looked begins here. */
export function NewRow({ at }: { at: string }) {
  return (
    <p className="flex h-8 items-center gap-3 text-sm text-fg1">
      <span className="h-px flex-1 bg-line2" />
      <span title={formatFull(at)}>New since you looked, {formatMinute(at)}</span>
      <span className="h-px flex-1 bg-line2" />
    </p>
  )
}

/** The page shows this moment; nothing behind it. */
export function MomentRow({ at }: { at: string }) {
  return (
    <p className="flex h-8 items-center gap-3 text-sm text-accent">
      <span className="h-px flex-1 bg-accent" />
      <time dateTime={at}>{formatClock(at)}</time>
    </p>
  )
}

/** m:ss */
function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** A sign of work before the first word. */
export function WaitRow({ since }: { since: string }) {
  const text = useTimedText((now) => elapsed(now - Date.parse(since)))
  return (
    <Gutter glyph={<StatusGlyph look="running" />} meta={<span aria-hidden="true">{text}</span>}>
      <p className="leading-6 text-fg2">Waiting for the first word</p>
    </Gutter>
  )
}
