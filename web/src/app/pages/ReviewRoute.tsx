import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { overviewQuery } from '~/api/overview'
import type { WorktreeOverview } from '~/api/generated'
import { promptable } from '~/api/send-prompt'
import { RemoveWorktree } from '~/features/board/RemoveWorktree'
import { CommitButton } from '~/features/diff/CommitButton'
import { DiffPane, type DiffPlace } from '~/features/diff/DiffPane'
import { DiffTools } from '~/features/diff/DiffTools'
import { ReviewPage } from '~/features/landing/ReviewPage'
import { Boundary } from '~/ui/Boundary'
import { linkLook } from '~/ui/Button'
import { Icon } from '~/ui/Icon'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'

const PullPart = lazyPart(async () => (await import('~/features/pull/PullPart')).PullPart)

const GoneWorktree = lazyPart(async () => (await import('~/features/board/Gone')).GoneWorktree)
const RemovedWorktree = lazyPart(async () => (await import('~/features/recovery/RemovedWorktree')).RemovedWorktree)
const WorktreeProgress = lazyPart(async () => (await import('~/features/script/WorktreeProgress')).WorktreeProgress)

const route = getRouteApi('/w/$workspaceId/review/$worktreeId')

/** The diff in full width, and the way onto base beside it. */
export function ReviewRoute() {
  const { workspaceId, worktreeId } = route.useParams()
  const { against = 'base', file, line } = route.useSearch()
  const go = route.useNavigate()
  const navigate = useNavigate()
  const [removed, setRemoved] = useState<WorktreeOverview>()
  const { data } = useQuery(overviewQuery())
  const worktree = data?.worktrees.find(({ id }) => id === worktreeId)
  const agents = promptable(data?.agents ?? [], worktreeId)
  const agentId = data?.agents.find((agent) => agent.worktreeId === worktreeId)?.id
  /** Files are beside an agent; a worktree without one shows them nowhere yet. */
  const openFile =
    agentId === undefined
      ? undefined
      : (path: string, at?: number) => void navigate({ to: '/w/$workspaceId/a/$agentId', params: { workspaceId, agentId }, search: { pane: 'files', file: path, ...(at !== undefined && { line: String(at) }) } })
  const to = (place: DiffPlace) => void go({ search: (before) => ({ ...before, ...place }), replace: true })
  return (
    <>
      <ReviewPage
        key={worktreeId}
        workspaceId={workspaceId}
        worktreeId={worktreeId}
        tools={
          <>
            <DiffTools workspaceId={workspaceId} worktreeId={worktreeId} agentId={agentId} against={against} onNavigate={to} />
            <Link to="/w/$workspaceId/terminals/$worktreeId" params={{ workspaceId, worktreeId }} title="Terminals" className={linkLook('plain')}>
              <Icon name="terminal" className="sm:hidden" />
              <span className="max-sm:sr-only">Terminals</span>
            </Link>
          </>
        }
        commit={<CommitButton workspaceId={workspaceId} worktreeId={worktreeId} agentId={agentId} />}
        diff={
          <Boundary name="diff">
            <DiffPane workspaceId={workspaceId} worktreeId={worktreeId} against={against} file={file} line={line} onNavigate={to} onOpenFile={openFile} isWide />
          </Boundary>
        }
        progress={
          <LazyPart>
            <WorktreeProgress workspaceId={workspaceId} worktreeId={worktreeId} agents={agents} hasChecks />
          </LazyPart>
        }
        pull={
          worktree && (
            <Boundary name="pull request">
              <LazyPart>
                <PullPart key={worktreeId} worktree={worktree} agents={agents} title={agents[0]?.name ?? worktree.branch} />
              </LazyPart>
            </Boundary>
          )
        }
        gone={
          <LazyPart>
            <RemovedWorktree worktreeId={worktreeId} />
          </LazyPart>
        }
        missing={
          worktree && (
            <LazyPart>
              <GoneWorktree worktree={worktree} onRemove={() => setRemoved(worktree)} />
            </LazyPart>
          )
        }
        onRemove={setRemoved}
      />
      {removed && (
        <RemoveWorktree
          worktree={removed}
          onClose={() => setRemoved(undefined)}
          onDone={() => void navigate({ to: '/w/$workspaceId', params: { workspaceId } })}
        />
      )}
    </>
  )
}
