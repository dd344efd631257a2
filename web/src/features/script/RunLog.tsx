import '~/ui/ansi.css'
import { lazy, useEffect, useRef, useState } from 'react'
import { useScriptLog } from '~/api/script-log'
import { useAct } from '~/api/use-act'
import type { Run } from '~/features/script/use-runs'
import { lookOfRun, runText } from '~/features/script/words'
import { formatBytes, formatClock } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { visible } from '~/lib/visible'
import { Age } from '~/ui/Age'
import { AnsiText } from '~/ui/Output'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { LazyPart } from '~/ui/LazyPart'
import { StatusGlyph } from '~/ui/Status'

const LogFind = lazy(async () => ({ default: (await import('~/features/script/LogFind')).LogFind }))

const nearPx = 24

/** Stays at the end while it is there: what a person scrolled to does not move. */
function useTail() {
  const frame = useRef<HTMLDivElement>(null)
  const text = useRef<HTMLPreElement>(null)
  const isAtEnd = useRef(true)
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (frame.current && isAtEnd.current) frame.current.scrollTop = frame.current.scrollHeight
    })
    if (text.current) observer.observe(text.current)
    return () => observer.disconnect()
  }, [])
  function onScroll() {
    const node = frame.current
    if (node) isAtEnd.current = node.scrollTop + node.clientHeight >= node.scrollHeight - nearPx
  }
  return { frame, text, onScroll }
}

/** The output of a run as it grows, and how the run stands. */
export function RunLog({ run }: { run: Run }) {
  const isRunning = run.state === 'running'
  const { log, error, retry } = useScriptLog(run.id, isRunning, run.logBytes)
  const { frame, text, onScroll } = useTail()
  const stop = useAct('stop_script', undefined, 'toasted')
  const pane = useRef<HTMLElement>(null)
  const [isFinding, setFinding] = useState(false)
  useKeys('pane', [{ keys: 'Ctrl+F', label: 'find', inFields: true, run: () => setFinding(true) }], { within: pane })
  return (
    <section ref={pane} aria-label={`Output of ${run.name}`} className="flex min-h-0 min-w-0 flex-1 flex-col bg-ansi-bg">
      {error && (
        <div className="px-4">
          <ErrorNote title="The output could not be read" error={error} onRetry={retry} />
        </div>
      )}
      {isFinding && (
        <LazyPart onFail={() => setFinding(false)}>
          <LogFind frame={frame} text={text} isPart={log.before > 0} onClose={() => setFinding(false)} />
        </LazyPart>
      )}
      <div ref={frame} onScroll={onScroll} tabIndex={0} role="log" aria-label="Output" aria-live="off" className="min-h-0 flex-1 overflow-auto px-4 py-3 -outline-offset-2">
        <pre ref={text} className="font-mono text-sm leading-[1.5] break-all whitespace-pre-wrap text-ansi-fg">
          {log.before > 0 && <span className="text-fg2">{formatBytes(log.before)} before this are in the log.{'\n'}</span>}
          <AnsiText text={log.text} />
          {log.isWhole && log.text === '' && <span className="text-fg2">{isRunning ? 'No output yet.' : 'It wrote nothing.'}</span>}
        </pre>
      </div>
      <footer data-foot="" className="flex min-h-8 shrink-0 items-center gap-2 overflow-hidden border-t border-line px-3 text-sm text-fg2">
        <StatusGlyph look={lookOfRun(run.state)} />
        <span className="truncate text-fg1">{visible(runText(run))}</span>
        {isRunning ? <Age at={run.startedAt} /> : run.endedAt !== undefined && <span>{formatClock(run.endedAt)}</span>}
        {run.notice !== undefined && <span className="truncate text-wait">{visible(run.notice)}</span>}
        <span className="ml-auto">
          {isRunning && (
            <Button isSmall isOff={stop.isPending} onClick={() => stop.mutate({ runId: run.id })}>
              Stop
            </Button>
          )}
        </span>
      </footer>
    </section>
  )
}
