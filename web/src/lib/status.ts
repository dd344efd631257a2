import type { AgentReason, AgentStatusWord } from '~/api/generated'
import { plural } from '~/lib/format'

export type Look = 'running' | 'retrying' | 'waiting' | 'finished' | 'error' | 'stopped' | 'idle' | 'held' | 'offline'

type Row = { look: Look; word: string; reason: string }

/** The one table over (status, reason): glyph, word and the reason's own words. */
const rows: Record<AgentReason, Row> = {
  not_started: { look: 'idle', word: 'Not started', reason: '' },
  starting: { look: 'running', word: 'Starting', reason: '' },
  working: { look: 'running', word: 'Running', reason: '' },
  retrying: { look: 'retrying', word: 'Retrying', reason: 'the API failed' },
  held: { look: 'held', word: 'Held', reason: '' },
  permission: { look: 'waiting', word: 'Needs you', reason: 'permission' },
  question: { look: 'waiting', word: 'Question', reason: '' },
  plan: { look: 'waiting', word: 'Plan', reason: 'review' },
  ready: { look: 'finished', word: 'Ready', reason: 'for a prompt' },
  turn_done: { look: 'finished', word: 'Finished', reason: 'turn done' },
  stopped: { look: 'stopped', word: 'Stopped', reason: 'by you' },
  exited: { look: 'finished', word: 'Exited', reason: 'code 0' },
  interrupted: { look: 'stopped', word: 'Interrupted', reason: '' },
  api: { look: 'error', word: 'Failed', reason: 'API' },
  exit: { look: 'error', word: 'Exited', reason: '' },
  hold_lost: { look: 'error', word: 'Failed', reason: 'its supervisor is gone' },
  no_room: { look: 'error', word: 'Held', reason: 'disk full' },
  suspended: { look: 'error', word: 'Suspended', reason: 'a signal stopped its program' },
  disk_full: { look: 'error', word: 'Failed', reason: 'disk full' },
  missing_cli: { look: 'error', word: 'Failed', reason: 'the CLI is missing' },
  limit: { look: 'error', word: 'Failed', reason: 'limit reached' },
}

export function lookOf(reason: AgentReason): Look {
  return rows[reason].look
}

export function wordOf(reason: AgentReason): string {
  return rows[reason].word
}

const mostOfCause = 48

export type StatusFields = {
  status: AgentStatusWord
  statusReason: AgentReason
  statusDetail?: string | undefined
  statusSince?: string | undefined
  statusSource?: string | undefined
  silentSince?: string | undefined
  retryAt?: string | undefined
  backgroundCommands?: number | undefined
}

/** How old the evidence is that it works: since when its program has said nothing, or since when nothing of it could be stored. */
export type Staleness = { since: string; isStalled: boolean }

export function silenceOf({ statusReason, silentSince }: StatusFields, stalledSince: string | undefined): Staleness | undefined {
  const { look } = rows[statusReason]
  if (look !== 'running' && look !== 'retrying') return undefined
  const since = stalledSince ?? silentSince
  return since === undefined ? undefined : { since, isStalled: stalledSince !== undefined }
}

/** In few words, for the title of the tab: "Failed: disk full", "Exited: ended by signal 9". */
export function causeOf(agent: StatusFields): string {
  const reason = reasonText(agent)
  const short = reason.length > mostOfCause ? `${reason.slice(0, mostOfCause).trimEnd()}…` : reason
  return [wordOf(agent.statusReason), short].filter(Boolean).join(': ')
}

/** Why it is so, as the reason beside the word: "permission for Bash", "turn done, 1 background command". */
export function reasonText({ statusReason, statusDetail, backgroundCommands = 0 }: StatusFields): string {
  const { reason } = rows[statusReason]
  if (statusReason === 'permission' && statusDetail) return `permission for ${statusDetail}`
  if (statusReason === 'limit' && statusDetail) return `${reason}: ${statusDetail}`
  // Of a question and a plan the detail is only the name of the tool that puts them.
  const isNamed = statusReason !== 'question' && statusReason !== 'plan'
  const parts = [(isNamed ? statusDetail : undefined) ?? reason]
  if (backgroundCommands > 0) parts.push(plural(backgroundCommands, 'background command'))
  return parts.filter(Boolean).join(', ')
}
