import { useId } from 'react'
import { AnsiText } from '~/ui/Output'
import { formatNumber } from '~/lib/format'
import { visible } from '~/lib/visible'
import { Age } from '~/ui/Age'
import { Button } from '~/ui/Button'
import { StatusGlyph } from '~/ui/Status'

export type ProgressNoteProps = {
  /** What is done: "Cloning tidepool", "Setup of retry-backoff". */
  title: string
  /** What it does now, as the daemon says it. */
  step?: string | undefined
  done?: number | undefined
  /** 0: not known. */
  total?: number | undefined
  since?: string | undefined
  /** The newest lines of its log. */
  tail?: string | undefined
  /** Ends it; without it, it cannot be ended. */
  onCancel?: (() => void) | undefined
  isCancelling?: boolean
  /** Its whole log. */
  onLog?: (() => void) | undefined
}

const shownLines = 6

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-shownLines).join('\n')
}

/** A long act: step, elapsed time, the end of its log, Cancel. The daemon does it, so it goes on when the page closes. */
export function ProgressNote({ title, step, done, total = 0, since, tail, onCancel, isCancelling = false, onLog }: ProgressNoteProps) {
  const titleId = useId()
  const isCounted = done !== undefined && total > 0
  return (
    <section aria-labelledby={titleId} className="grid max-w-[720px] grid-cols-[28px_minmax(0,1fr)] py-2">
      <StatusGlyph look="running" word="Running" className="mt-[3px]" />
      <div className="min-w-0">
        <div className="flex flex-wrap items-baseline gap-x-2">
          <h3 id={titleId} className="font-medium">
            {visible(title)}
          </h3>
          <Age at={since} />
          <span className="ml-auto flex gap-1">
            {onLog && (
              <Button isSmall look="quiet" onClick={onLog}>
                Output
              </Button>
            )}
            {onCancel && (
              <Button isSmall isOff={isCancelling} onClick={onCancel}>
                {isCancelling ? 'Stopping' : 'Cancel'}
              </Button>
            )}
          </span>
        </div>
        {(step !== undefined || isCounted) && (
          <p role="status" className="truncate text-sm text-fg2">
            {step !== undefined && visible(step)}
            {isCounted && `${step === undefined ? '' : ', '}${formatNumber(done)} of ${formatNumber(total)}`}
          </p>
        )}
        {isCounted && <progress value={done} max={total} aria-label={title} className="mt-1 block h-1 w-full max-w-80 appearance-none overflow-hidden rounded-full bg-bg3 [&::-moz-progress-bar]:bg-g-run [&::-webkit-progress-bar]:bg-bg3 [&::-webkit-progress-value]:bg-g-run" />}
        {tail !== undefined && tail !== '' && (
          <pre aria-label={`End of the output of ${title}`} className="mt-1 overflow-hidden font-mono text-sm leading-[1.5] break-all whitespace-pre-wrap text-fg1">
            <AnsiText text={lastLines(tail)} />
          </pre>
        )}
        <p className="text-sm text-fg2">It continues when this page is closed.</p>
      </div>
    </section>
  )
}
