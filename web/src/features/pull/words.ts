import type { PullCheck, PullCheckState, PullRequest, ReviewComment } from '~/api/generated'
import { fenced } from '~/lib/fence'
import type { Look } from '~/lib/status'

export const checkLooks: Record<PullCheckState, Look> = {
  unknown: 'idle', none: 'idle', queued: 'idle', running: 'running', passed: 'finished', failed: 'error', cancelled: 'stopped', skipped: 'idle', neutral: 'idle',
}

const reviews: Partial<Record<PullRequest['review'], string>> = { required: 'review required', approved: 'approved', changes_requested: 'changes requested' }

/** "open, changes requested, conflicts with main": how a pull request stands. */
export function stateText({ state, isDraft, review, mergeable, base }: PullRequest): string {
  const isOpen = state === 'open'
  const words = [isDraft && isOpen ? 'draft' : state, isOpen ? reviews[review] : undefined, isOpen && mergeable === 'conflicting' ? `conflicts with ${base}` : undefined]
  return words.filter(Boolean).join(', ')
}

export function pullLook({ state, checks, review, mergeable }: PullRequest): Look {
  if (state !== 'open') return state === 'merged' ? 'finished' : 'stopped'
  if (checks === 'failed') return 'error'
  if (review === 'changes_requested' || mergeable === 'conflicting') return 'waiting'
  return checks === 'running' || checks === 'queued' ? 'running' : 'idle'
}

/** What an agent is asked about a check that failed at the host. What the check says of itself is quoted: others wrote it. */
export function checkPrompt({ name, group, detail, url }: PullCheck, { number, head }: PullRequest): string {
  const what = JSON.stringify(group === undefined ? name : `${group}: ${name}`)
  const where = url === undefined ? '' : ` Its page is ${url}.`
  const said = detail === undefined ? '' : `\n\nIt says:\n\n${fenced(detail)}`
  return `The check ${what} of pull request ${number} (branch ${head}) failed.${where} Find the cause and mend it.${said}`
}

export type Thread = { id: string; path: string; line: number | undefined; isResolved: boolean; isOutdated: boolean; comments: readonly ReviewComment[] }

/** Comments by their thread, those that are not resolved first, each in its order. */
export function threadsOf(comments: readonly ReviewComment[]): Thread[] {
  const firsts = new Map(comments.toReversed().map((one) => [one.threadId, one]))
  const threads = [...new Set(comments.map(({ threadId }) => threadId))].flatMap((id): Thread[] => {
    const first = firsts.get(id)
    return first ? [{ id, path: first.path, line: first.line, isResolved: first.isResolved, isOutdated: first.isOutdated, comments: comments.filter(({ threadId }) => threadId === id) }] : []
  })
  return [...threads.filter(({ isResolved }) => !isResolved), ...threads.filter(({ isResolved }) => isResolved)]
}
