import { useQuery } from '@tanstack/react-query'
import type { AgentOverview, PullCheck, PullRequest, WorktreeOverview } from '~/api/generated'
import { useSendPrompt } from '~/api/send-prompt'
import { pullChecksQuery } from '~/features/pull/queries'
import { checkLooks, checkPrompt } from '~/features/pull/words'
import { formatDuration } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { ErrorNote } from '~/ui/ErrorNote'
import { SendTo } from '~/ui/SendTo'
import { StatusGlyph } from '~/ui/Status'

type ListProps = { worktree: WorktreeOverview; agents: readonly AgentOverview[]; pull: PullRequest }

/** The checks of its newest commit at the host; one that failed is sent to the agent. */
export function PullChecksList({ worktree, agents, pull }: ListProps) {
  const checks = useQuery(pullChecksQuery(worktree.workspaceId, pull.number))
  const { send, isPending } = useSendPrompt()
  if (checks.error && !checks.data) return <ErrorNote title="Its checks could not be read" error={checks.error} onRetry={() => void checks.refetch()} />
  const rows = checks.data?.checks ?? []
  if (rows.length === 0) return null
  return (
    <ul aria-label="Checks of the pull request" className="mt-1">
      {rows.map((check) => (
        <li key={`${check.group ?? ''} ${check.name}`} className="flex min-h-6 min-w-0 flex-wrap items-baseline gap-x-2">
          <StatusGlyph look={checkLooks[check.state]} word={check.state} size="size-3" />
          <span className="min-w-0 flex-1 basis-40 break-words text-fg1" title={visibleName(check.detail ?? check.name)}>
            <Name check={check} />
          </span>
          <span className="ml-auto flex shrink-0 items-center gap-1 text-sm text-fg2">
            {timeOf(check)}
            {check.state === 'failed' && <SendTo text="Send to agent" about={check.name} agents={agents} isOff={isPending} onSend={(agentId) => send(agentId, checkPrompt(check, pull))} />}
          </span>
        </li>
      ))}
      {checks.data?.nextCursor !== undefined && <li className="text-sm text-fg2">The first {rows.length} are shown.</li>}
    </ul>
  )
}

function Name({ check: { name, group, url } }: { check: PullCheck }) {
  const text = visibleName(group === undefined ? name : `${group} / ${name}`)
  if (url === undefined || !/^https?:\/\//.test(url)) return text
  return (
    <a href={url} target="_blank" rel="noreferrer" className="hit hover:underline">
      {text}
    </a>
  )
}

function timeOf({ state, startedAt = '', endedAt = '' }: PullCheck): string {
  const took = Date.parse(endedAt) - Date.parse(startedAt)
  return Number.isNaN(took) ? (state === 'passed' ? '' : state) : formatDuration(took)
}
