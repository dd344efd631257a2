import { useTimedText } from '~/lib/clock'
import { formatAge } from '~/lib/format'
import { stall } from '~/lib/stall'
import { lookOf, reasonText, silenceOf, type Look, type Staleness, type StatusFields, wordOf } from '~/lib/status'
import { useStore } from '~/lib/store'
import { visible } from '~/lib/visible'
import { Age } from '~/ui/Age'

const fills: Record<Look, string> = {
  running: 'text-g-run',
  retrying: 'text-g-run',
  waiting: 'text-g-wait',
  finished: 'text-g-ok',
  error: 'text-g-err',
  stopped: 'text-fg2',
  idle: 'text-fg2',
  held: 'text-fg2',
  offline: 'text-fg2',
}

/** The ink of the word: only what needs somebody has a colour. */
const inks: Record<Look, string> = { ...fills, running: 'text-fg0', retrying: 'text-fg0', finished: 'text-fg0', waiting: 'text-wait', error: 'text-err' }

const line = { fill: 'none', stroke: 'currentColor', strokeLinecap: 'round', strokeLinejoin: 'round' } as const

const shapes: Record<Look, React.ReactNode> = {
  running: (
    <>
      <circle cx="6" cy="6" r="4.6" {...line} strokeLinecap="butt" strokeWidth="1.4" strokeDasharray="2.5 2.32" />
      <circle cx="6" cy="6" r="1.9" fill="currentColor" />
    </>
  ),
  retrying: (
    <>
      <path d="M6 1.4A4.6 4.6 0 1 1 1.4 6" {...line} strokeWidth="1.6" />
      <path d="M6 3.6V6l1.6 1" {...line} strokeWidth="1.3" />
    </>
  ),
  waiting: <path d="M6 1.2 11.3 10.6H.7Z" fill="currentColor" stroke="currentColor" strokeWidth=".8" strokeLinejoin="round" />,
  finished: <path d="m1.75 6.5 2.9 2.9L10.25 3" {...line} strokeWidth="1.7" />,
  error: <path d="m2.5 2.5 7 7m0-7-7 7" {...line} strokeWidth="1.7" />,
  stopped: <rect x="2.4" y="2.4" width="7.2" height="7.2" rx="1.2" {...line} strokeWidth="1.4" />,
  idle: <circle cx="6" cy="6" r="4.4" {...line} strokeWidth="1.4" />,
  held: <path d="M4 2.25v7.5M8 2.25v7.5" {...line} strokeWidth="1.7" />,
  offline: (
    <>
      <circle cx="6" cy="6" r="4.4" {...line} strokeWidth="1.4" />
      <path d="m3 9 6-6" {...line} strokeWidth="1.4" />
    </>
  ),
}

/** Shape first, colour second. The word is beside it, or is its name. */
export function StatusGlyph({ look, word, size = 'size-3.5', className = '' }: { look: Look; word?: string; size?: 'size-2.5' | 'size-3' | 'size-3.5'; className?: string }) {
  const name = word === undefined ? ({ 'aria-hidden': true } as const) : ({ role: 'img', 'aria-label': word } as const)
  return (
    <svg viewBox="0 0 12 12" className={`block shrink-0 ${size} ${fills[look]} ${className}`} {...name}>
      {shapes[look]}
    </svg>
  )
}

export function useSilence(agent: StatusFields): Staleness | undefined {
  return silenceOf(agent, useStore(stall)?.since)
}

/** "silent for 2 m", "as of 2 m ago": how old the evidence of "Running" is. */
export function Silence({ since, isStalled }: Staleness) {
  return (
    <span className="shrink-0 whitespace-nowrap">
      {isStalled ? 'as of ' : 'silent for '}
      <Age at={since} className="" />
      {isStalled && ' ago'}
    </span>
  )
}

/** "in 8 s": until the CLI asks its model again; empty when it does not wait for that. */
function useUntilRetry({ retryAt }: StatusFields): string {
  const due = Date.parse(retryAt ?? '')
  return useTimedText((now) => (due > now ? `in ${formatAge(due - now + 999)}` : ''))
}

type SinceProps = { agent: StatusFields; at: string | undefined; className?: string }

/** How long it has been so; of one that waits to try again, when that is. */
export function Since({ agent, at, className = '' }: SinceProps) {
  const untilRetry = useUntilRetry(agent)
  if (!untilRetry) return <Age at={at} className={className} />
  return <span className={`shrink-0 whitespace-nowrap ${className}`}>{untilRetry}</span>
}

/** What follows the word of a status: for how long its program is silent, else since when it is so. */
export function StatusTime({ agent, at = agent.statusSince }: Pick<SinceProps, 'agent'> & { at?: string | undefined }) {
  const isDue = useUntilRetry(agent) === ''
  const silence = useSilence(agent)
  if (agent.statusReason === 'not_started') return null
  if (silence === undefined || !isDue) return <Since agent={agent} at={at} />
  return (
    <>
      {'· '}
      <Silence {...silence} />
    </>
  )
}

/** "Needs you  permission for Bash, 40 s": the word, why, and since when; of one that is silent, for how long it is. */
export function StatusLine({ agent }: { agent: StatusFields }) {
  const look = lookOf(agent.statusReason)
  const reason = reasonText(agent)
  return (
    <span className="flex min-w-0 items-center gap-2" title={agent.statusSource && `Source: ${agent.statusSource}`}>
      <StatusGlyph look={look} />
      <span className={`shrink-0 font-medium ${inks[look]}`}>{wordOf(agent.statusReason)}</span>
      {reason && <span className="truncate text-fg2">{visible(reason)}</span>}
      <span className="shrink-0 text-fg2">
        <StatusTime agent={agent} />
      </span>
    </span>
  )
}
