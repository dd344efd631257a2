import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { isAlive } from '~/api/agents'
import type { Agent } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import { useContextWarning } from '~/api/settings'
import { useAct } from '~/api/use-act'
import { useOpenItems } from '~/api/use-open-in'
import type { MomentState } from '~/app/pages/agent/use-moment'
import type { AgentPlace } from '~/app/pages/agent/use-place'
import { StatusWord } from '~/features/agent-facts/StatusWord'
import { showInPane } from '~/features/terminal/layout'
import { visibleName } from '~/lib/visible'
import { Button, linkLook } from '~/ui/Button'
import { ContextBar } from '~/ui/ContextBar'
import { copyText } from '~/ui/CopyButton'
import { Cost } from '~/ui/Cost'
import { DemoBadge } from '~/ui/Demo'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'
import { Menu, type MenuItem } from '~/ui/Menu'
import { Crumb, PageHead } from '~/ui/PageHead'
import { toastUndo } from '~/ui/toasts'

const RunMenu = lazyPart(async () => (await import('~/features/script/RunMenu')).RunMenu)
const RenameAgent = lazyPart(async () => (await import('~/features/board/Rename')).RenameAgent)

/** Where it works, its name, how it is and why; then context and cost, at the moment that the page shows, and what can be done. */
export function AgentHead({ agent, place, past }: { agent: Agent; place: AgentPlace; past: MomentState }) {
  const { data } = useQuery(overviewQuery())
  const warnAt = useContextWarning()
  const row = data?.agents.find(({ id }) => id === agent.id)
  const workspace = data?.workspaces.find(({ workspaceId }) => workspaceId === agent.workspaceId)
  const worktree = data?.worktrees.find(({ id }) => id === agent.worktreeId)
  const { workspaceId, worktreeId } = agent
  const { context, costMicros } = past.moment === undefined ? { context: { level: agent.contextLevel, isAssumed: agent.contextAssumed }, costMicros: row?.costMicros } : (past.facts ?? {})
  return (
    <PageHead
      title={agent.name}
      crumbs={
        <>
          <Crumb>
            <Link to="/w/$workspaceId" params={{ workspaceId }} className="hover:text-fg0">
              {visibleName(workspace?.name ?? 'workspace')}
            </Link>
          </Crumb>
          {worktree && <Crumb>{visibleName(worktree.name)}</Crumb>}
        </>
      }
      mark={
        <span className="flex min-w-36 shrink-[99] items-center gap-3 max-md:shrink-0 max-md:[&_.truncate]:hidden max-sm:min-w-0 max-sm:shrink">
          {agent.isDemo && <DemoBadge />}
          <StatusWord agent={agent} />
        </span>
      }
    >
      {agent.adapter !== 'terminal' && (
        <span className="flex items-center gap-3 text-sm text-fg2 max-sm:hidden">
          {context && <ContextBar level={context.level} warnAt={warnAt} isAssumed={context.isAssumed === true} />}
          {costMicros !== undefined && <span><Cost micros={costMicros} isDemo={agent.isDemo} isLong /></span>}
        </span>
      )}
      <LazyPart>
        <RunMenu
          workspaceId={workspaceId}
          worktreeId={worktreeId}
          onLog={(runId) => {
            showInPane(worktreeId, runId)
            place.show('terminal')
          }}
        />
      </LazyPart>
      <More agent={agent} />
      {agent.deletedAt === undefined && <StartStop agent={agent} />}
      <Link to="/w/$workspaceId/review/$worktreeId" params={{ workspaceId, worktreeId }} className={linkLook('plain')}>
        Review
      </Link>
    </PageHead>
  )
}

/** Start or stop, whichever applies now. A start continues the session if there is one. */
function StartStop({ agent }: { agent: Agent }) {
  const agentId = agent.id
  const start = useAct('start_agent', undefined, 'toasted')
  const stop = useAct('stop_agent', undefined, 'toasted')
  if (isAlive(agent))
    return (
      <Button look="quiet" icon="stop" disabled={stop.isPending} onClick={() => stop.mutate({ agentId })}>
        <span className="max-sm:sr-only">{stop.isPending ? 'Stopping' : 'Stop'}</span>
      </Button>
    )
  return (
    <Button look="quiet" icon="play" disabled={start.isPending} onClick={() => start.mutate({ agentId })}>
      <span className="max-sm:sr-only">{start.isPending ? 'Starting' : agent.isResumable ? 'Resume' : 'Start'}</span>
    </Button>
  )
}

function More({ agent }: { agent: Agent }) {
  const navigate = useNavigate()
  const [isRenaming, setRenaming] = useState(false)
  const row = useQuery(overviewQuery()).data?.agents.find(({ id }) => id === agent.id)
  const { id: agentId, workspaceId } = agent
  const fork = useAct('fork_agent', ({ id }) => void navigate({ to: '/w/$workspaceId/a/$agentId', params: { workspaceId, agentId: id } }), 'toasted')
  const openItems = useOpenItems(agent)
  const restore = useAct('restore_agent', undefined, 'toasted')
  const archive = useAct(
    'delete_agent',
    () => {
      toastUndo(`Archived ${visibleName(agent.name)}`, () => restore.mutateAsync({ agentId }))
      void navigate({ to: '/w/$workspaceId', params: { workspaceId } })
    },
    'toasted',
  )
  const items: MenuItem[] = [
    { label: 'Rename…', icon: 'edit', run: () => setRenaming(true) },
    { label: 'Fork', icon: 'fork', hint: 'a second agent with the same conversation', run: () => fork.mutate({ agentId }) },
    'line',
    ...openItems,
    { label: 'Copy link', icon: 'link', run: () => void copyText(window.location.href, 'Link copied') },
    { label: 'Copy id', icon: 'copy', run: () => void copyText(agentId, 'Id copied') },
    'line',
    { label: 'Archive', icon: 'trash', run: () => archive.mutate({ agentId }) },
  ]
  return (
    <>
      <Menu label={`More about ${visibleName(agent.name)}`} icon="more" items={items} />
      {isRenaming && row && (
        <LazyPart onFail={() => setRenaming(false)}>
          <RenameAgent agent={row} onClose={() => setRenaming(false)} />
        </LazyPart>
      )}
    </>
  )
}
