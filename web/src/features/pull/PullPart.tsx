import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { AgentOverview, PullRequest, WorktreeOverview } from '~/api/generated'
import { hostQuery } from '~/api/workspace-settings'
import { OpenPull } from '~/features/pull/OpenPull'
import { PullChecksList } from '~/features/pull/PullChecksList'
import { pullOf, pullsQuery } from '~/features/pull/queries'
import { ReviewThreads } from '~/features/pull/ReviewThreads'
import { pullLook, stateText } from '~/features/pull/words'
import { visible, visibleName } from '~/lib/visible'
import { Button, IconButton } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { Section } from '~/ui/Section'
import { StatusGlyph } from '~/ui/Status'

export type PullPartProps = {
  worktree: WorktreeOverview
  /** Agents of the worktree that take prompts. */
  agents: readonly AgentOverview[]
  /** Proposed for a new one. */
  title: string
}

/** The pull request of a worktree's branch: how it stands, its checks and what was said about it, each to be sent to the agent. */
export function PullPart({ worktree, agents, title }: PullPartProps) {
  const { workspaceId, branch } = worktree
  const host = useQuery(hostQuery(workspaceId))
  const pulls = useQuery(pullsQuery(workspaceId, host.data))
  const pull = pullOf(pulls.data?.pullRequests ?? [], branch)
  const error = host.error ?? pulls.error
  // A repository without a host has no pull requests: there is nothing to say.
  if (!error && (!host.data || host.data.kind === 'unknown')) return null
  const refresh = () => void (host.data?.isReady ? pulls : host).refetch()
  return (
    <div className="px-[34px] pr-4 pt-2">
      <Section
        title="Pull request"
        more={<IconButton isSmall icon="restore" label={pulls.isFetching || host.isFetching ? 'Asking the host' : 'Ask the host again'} onClick={refresh} />}
      >
        {error && <ErrorNote title="The pull request could not be read" error={error} onRetry={refresh} />}
        {host.data && !host.data.isReady && <p className="text-sm break-words text-fg1">{visible(host.data.problem ?? 'Pull requests of this host cannot be read.')}</p>}
        {pull && <Pull worktree={worktree} agents={agents} pull={pull} />}
        {pulls.data && (!pull || pull.state !== 'open') && !worktree.isMain && <NoPull worktree={worktree} title={title} onOpened={() => void pulls.refetch()} />}
      </Section>
    </div>
  )
}

function NoPull({ worktree, title, onOpened }: { worktree: WorktreeOverview; title: string; onOpened: () => void }) {
  const [isOpening, setOpening] = useState(false)
  return (
    <>
      <Button isSmall onClick={() => setOpening(true)}>
        Open a pull request…
      </Button>
      {isOpening && <OpenPull worktree={worktree} title={title} onOpened={onOpened} onClose={() => setOpening(false)} />}
    </>
  )
}

/** Only a page of the web is a link. */
const isPage = (url: string | undefined): url is string => url !== undefined && /^https?:\/\//.test(url)

function Pull({ worktree, agents, pull }: Omit<PullPartProps, 'title'> & { pull: PullRequest }) {
  const { number, title, url, author } = pull
  return (
    <>
      <p className="flex min-w-0 items-start gap-2">
        <StatusGlyph look={pullLook(pull)} className="mt-[3px]" />
        <span className="min-w-0 break-words">
          {isPage(url) ? (
            <a href={url} target="_blank" rel="noreferrer" className="hit font-medium hover:underline">
              #{number} {visibleName(title)}
            </a>
          ) : (
            <span className="font-medium">
              #{number} {visibleName(title)}
            </span>
          )}
          <span className="block text-sm text-fg2">
            {visibleName(stateText(pull))}
            {author !== '' && `, by ${visibleName(author)}`}
          </span>
        </span>
      </p>
      <PullChecksList worktree={worktree} agents={agents} pull={pull} />
      <ReviewThreads worktree={worktree} agents={agents} pull={pull} />
    </>
  )
}
