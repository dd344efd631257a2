import '~/ui/ansi.css'
import type { CSSProperties } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { TerminalRun, TerminalScreen } from '~/api/generated'
import { screenQuery } from '~/api/terminal-queries'
import { colourOf } from '~/features/terminal/palette'
import { formatClock, formatNumber } from '~/lib/format'
import { visible } from '~/lib/visible'
import { ErrorNote } from '~/ui/ErrorNote'
import { Skeleton } from '~/ui/Skeleton'

function styleOf(run: TerminalRun): CSSProperties {
  const [fg, bg] = [colourOf(run.fg), colourOf(run.bg)]
  const [ink, ground] = run.isReverse ? [bg ?? 'var(--ansi-bg)', fg ?? 'var(--ansi-fg)'] : [fg, bg]
  const lines = [run.underline ? 'underline' : '', run.isStruck ? 'line-through' : '', run.isOverlined ? 'overline' : ''].filter(Boolean).join(' ')
  return {
    ...(ink !== undefined && { color: ink }),
    ...(ground !== undefined && { background: ground }),
    ...(lines && { textDecoration: lines }),
    ...(run.isBold && { fontWeight: 600 }),
    ...(run.isItalic && { fontStyle: 'italic' }),
    ...(run.isDim && ink === undefined && { color: 'var(--ansi-dim)' }),
    ...(run.isHidden && { visibility: 'hidden' }),
  }
}

function Lines({ screen }: { screen: TerminalScreen }) {
  return (
    <pre tabIndex={0} aria-label="Screen of that moment" className="min-h-0 flex-1 overflow-auto px-4 py-3 font-mono text-sm leading-[1.5] text-ansi-fg">
      {screen.lines.map((line, row) => (
        <div key={row} className="min-h-[1.5em]">
          {line.runs.map((run, at) => (
            <span key={at} style={styleOf(run)}>
              {visible(run.text)}
            </span>
          ))}
        </div>
      ))}
    </pre>
  )
}

export type Moment = {
  /** The launch at whose byte the page looks, and when that was. */
  launchId: string
  offset: number
  time?: string
}

/** The same launch at its byte; another one at the time. */
function placeOf(launchId: string, at: Moment): string | undefined {
  return launchId === at.launchId ? String(at.offset) : at.time
}

/** A terminal as it was: drawn by the daemon, nothing is sent to it. */
export function PastScreen({ launchId, at }: { launchId: string; at: Moment }) {
  const place = placeOf(launchId, at)
  if (place === undefined) return <p className="px-4 py-3 text-fg2">This terminal has no place for that moment.</p>
  return <Placed key={place} launchId={launchId} place={place} at={at} />
}

function Placed({ launchId, place, at }: { launchId: string; place: string; at: Moment }) {
  const { data, error, refetch } = useQuery(screenQuery(launchId, place))
  const when = data?.at ?? at.time
  return (
    <section aria-label="Terminal of the past" className="flex min-h-0 min-w-0 flex-1 flex-col bg-ansi-bg">
      {error && (
        <div className="flex-1 px-4">
          <ErrorNote title="The screen of that moment could not be read" error={error} onRetry={() => void refetch()} />
        </div>
      )}
      {!data && !error && (
        <div className="flex-1 px-4">
          <Skeleton label="Reading the screen" />
        </div>
      )}
      {data && <Lines screen={data} />}
      <footer data-foot="" className="flex min-h-8 shrink-0 items-center gap-2 border-t border-line px-3 text-sm text-fg2">
        <span className="whitespace-nowrap text-fg1">As it was{when !== undefined && ` at ${formatClock(when)}`}</span>
        {data && <span className="truncate">byte {formatNumber(data.offset)}</span>}
        {data?.isPartial && <span className="truncate">the start of its log is gone; lines may be missing</span>}
      </footer>
    </section>
  )
}
