import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { agentsOf, previousAgentsOf } from '~/api/agents'
import type { GitStatus, WorktreeDetail } from '~/api/generated'
import { gitQuery } from '~/api/queries'
import { AgentCard } from '~/features/workspace/AgentCard'
import { Checkout } from '~/features/workspace/Checkout'
import { NewAgent } from '~/features/workspace/NewAgent'
import { PreviousAgents } from '~/features/workspace/PreviousAgents'
import { QuickStart } from '~/features/workspace/QuickStart'
import { RemoveWorktree, useRemoveWorktree } from '~/features/workspace/RemoveWorktree'
import { plural, sentence } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { Button, linkLook } from '~/ui/Button'
import { Icon } from '~/ui/Icon'
import { Polled } from '~/ui/Polled'

type Open = 'agent' | 'checkout' | 'remove' | undefined

/** One worktree: its branch and status, its agents, and its actions. */
export function WorktreeSection({ worktree }: { worktree: WorktreeDetail }) {
  const [open, setOpen] = useState<Open>()
  const close = () => setOpen(undefined)
  const remove = useRemoveWorktree(worktree, () => setOpen('remove'))
  const { workspaceId, id } = worktree
  const agents = agentsOf(worktree)
  return (
    <section aria-label={`Worktree ${visibleName(worktree.name)}`} className="rounded-lg border border-line bg-bg1">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-2.5">
        <div className="flex min-w-0 basis-full flex-wrap items-center gap-x-2.5 gap-y-0.5 sm:flex-1 sm:basis-60">
          <h2 className="truncate text-md font-semibold" title={visibleName(worktree.path)}>
            {visibleName(worktree.name)}
          </h2>
          {worktree.isMain && <span className="rounded-sm border border-line2 px-1 text-xs text-fg2">main</span>}
          <span className="flex min-w-0 items-center gap-1 font-mono text-sm text-fg1">
            <Icon name="branch" className="text-fg2" />
            <span className="truncate">{visibleName(worktree.branch)}</span>
          </span>
          <GitState workspaceId={workspaceId} worktreeId={id} />
          <Polled worktreeId={id} />
        </div>
        <div className="flex flex-wrap items-center gap-1 max-sm:-mx-2">
          <Link to="/w/$workspaceId/diff/$worktreeId" params={{ workspaceId, worktreeId: id }} className={linkLook('quiet', true)}>
            Diff
          </Link>
          <Button isSmall look="quiet" onClick={() => setOpen('checkout')}>
            Checkout
          </Button>
          {!worktree.isMain && (
            <Button isSmall look="quiet" onClick={remove}>
              Remove
            </Button>
          )}
          <Button isSmall icon="plus" onClick={() => setOpen('agent')}>
            Agent
          </Button>
        </div>
      </header>
      <div className="flex flex-col gap-2 px-3 pb-3">
        {agents.length > 0 && (
          <ul aria-label="Agents" className="grid grid-cols-1 gap-2 sm:grid-cols-2 lg:grid-cols-3">
            {agents.map((agent) => (
              <AgentCard key={agent.id} agent={agent} workspaceId={workspaceId} />
            ))}
          </ul>
        )}
        <QuickStart worktree={worktree} isOffered={agents.length === 0} />
        <PreviousAgents agents={previousAgentsOf(worktree)} count={worktree.previousAgentCount} />
      </div>
      {open === 'agent' && <NewAgent worktree={worktree} onClose={close} />}
      {open === 'checkout' && <Checkout worktree={worktree} onClose={close} />}
      {open === 'remove' && <RemoveWorktree worktree={worktree} onClose={close} />}
    </section>
  )
}

function GitState({ workspaceId, worktreeId }: { workspaceId: string; worktreeId: string }) {
  const git = useQuery(gitQuery(workspaceId, worktreeId))
  if (git.error) return <span className="text-sm text-err">{visible(sentence(git.error.message))}</span>
  return git.data ? <GitCounts git={git.data} /> : null
}

function GitCounts({ git }: { git: GitStatus }) {
  const dirty = [
    { n: git.counts.conflicted, word: 'in conflict' },
    { n: git.counts.staged, word: 'staged' },
    { n: git.counts.modified, word: 'modified' },
    { n: git.counts.untracked, word: 'untracked' },
    { n: git.counts.unverified, word: 'not verified' },
  ].filter(({ n }) => n > 0)
  return (
    <span className="tnum flex flex-wrap gap-x-2.5 text-sm text-fg2">
      {git.ahead > 0 && <span title={`${plural(git.ahead, 'commit')} ahead of its upstream`}>↑{git.ahead}</span>}
      {git.behind > 0 && <span title={`${plural(git.behind, 'commit')} behind its upstream`}>↓{git.behind}</span>}
      {git.isClean ? (
        <span>clean</span>
      ) : (
        dirty.map(({ n, word }) => (
          <span key={word} className="text-wait">
            {n} {word}
          </span>
        ))
      )}
    </span>
  )
}
