import type { AgentReason, AgentStatusWord } from '~/api/generated'
import { formatDuration, formatFull, plural } from '~/lib/format'
import { useNow } from '~/lib/clock'
import { visible } from '~/lib/visible'

export type Look = 'running' | 'waiting' | 'finished' | 'error' | 'idle' | 'held'

const colours: Record<Look, string> = {
  running: 'text-run',
  waiting: 'text-wait',
  finished: 'text-ok',
  error: 'text-err',
  idle: 'text-fg2',
  held: 'text-fg2',
}

/** Shape and colour: the shape works without colour, and the word is always shown beside it. */
export function StatusGlyph({ look, className = '' }: { look: Look; className?: string }) {
  return (
    <svg viewBox="0 0 12 12" className={`size-3 shrink-0 ${colours[look]} ${className}`} aria-hidden="true">
      <Shape look={look} />
    </svg>
  )
}

function Shape({ look }: { look: Look }) {
  const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.75, strokeLinecap: 'round' } as const
  switch (look) {
    case 'running':
      return (
        <>
          <circle cx="6" cy="6" r="4.75" {...line} strokeWidth={1.5} strokeDasharray="2.6 2.35" />
          <circle cx="6" cy="6" r="2" fill="currentColor" />
        </>
      )
    case 'waiting':
      return <path d="M6 1 11.4 10.6H.6Z" fill="currentColor" strokeLinejoin="round" />
    case 'finished':
      return <path d="m1.75 6.5 2.9 2.9L10.25 3" {...line} strokeLinejoin="round" />
    case 'error':
      return <path d="m2.25 2.25 7.5 7.5m0-7.5-7.5 7.5" {...line} />
    case 'held':
      return <path d="M4 2.25v7.5M8 2.25v7.5" {...line} />
    case 'idle':
      return <circle cx="6" cy="6" r="4.5" {...line} strokeWidth={1.5} />
    default:
      return look satisfies never
  }
}

const idleReasons: ReadonlySet<AgentReason> = new Set(['not_started', 'stopped', 'exited'])

export function lookOf(status: AgentStatusWord, reason: AgentReason): Look {
  if (reason === 'held') return 'held'
  return status === 'finished' && idleReasons.has(reason) ? 'idle' : status
}

const words: Record<AgentStatusWord, string> = {
  running: 'Running',
  waiting: 'Waiting',
  finished: 'Finished',
  error: 'Error',
}
export function statusWord(status: AgentStatusWord): string {
  return words[status]
}

const reasons: Record<AgentReason, string> = {
  not_started: 'not started',
  starting: 'starting',
  working: 'working',
  retrying: 'API failed, retrying',
  held: 'held back',
  permission: 'permission',
  question: 'question',
  plan: 'plan review',
  ready: 'ready for a prompt',
  turn_done: 'turn done',
  stopped: 'stopped',
  exited: 'ended',
  interrupted: 'interrupted',
  api: 'API failed',
  exit: 'program failed',
  hold_lost: 'supervisor lost',
  disk_full: 'disk full',
  missing_cli: 'program missing',
  limit: 'limit reached',
}

export type StatusFields = {
  status: AgentStatusWord
  statusReason: AgentReason
  statusDetail?: string | undefined
  statusSince?: string | undefined
  statusSource?: string | undefined
  backgroundCommands?: number | undefined
}

export function reasonText({ statusReason, statusDetail, backgroundCommands = 0 }: StatusFields): string {
  const reason = backgroundCommands > 0 ? `${reasons[statusReason]}, ${plural(backgroundCommands, 'command')} in the background` : reasons[statusReason]
  if (!statusDetail) return reason
  return statusReason === 'permission' ? `permission for ${statusDetail}` : `${reason}: ${statusDetail}`
}

/** "Waiting: permission for Bash, 40 s": the word, why, and since when. */
export function StatusLine({ agent }: { agent: StatusFields }) {
  const look = lookOf(agent.status, agent.statusReason)
  const isNew = agent.statusReason === 'not_started'
  return (
    <span className="flex min-w-0 items-center gap-1.5 text-sm" title={agent.statusSource && `Source: ${agent.statusSource}`}>
      <StatusGlyph look={look} />
      <span className={`font-medium ${colours[look]}`}>{isNew ? 'Not started' : words[agent.status]}</span>
      {!isNew && <span className="truncate text-fg1">{visible(reasonText(agent))}</span>}
      {agent.statusSince && <Since at={agent.statusSince} />}
    </span>
  )
}

export function Since({ at }: { at: string }) {
  const now = useNow()
  const started = Date.parse(at)
  if (Number.isNaN(started)) return null
  return (
    <time dateTime={at} title={formatFull(at)} className="tnum shrink-0 whitespace-nowrap text-fg2">
      {formatDuration(now - started)}
    </time>
  )
}
