import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Overview, WorktreeOverview } from '~/api/generated'
import { countLooks, groupOf } from '~/api/groups'
import { goneWorkspaces } from '~/api/missing'
import { systemQuery, usageQuery } from '~/api/queries'
import { distanceOf, sizeOf } from '~/api/size'
import { formatCost, formatCount } from '~/lib/format'
import { isObject } from '~/lib/json'
import { visibleName } from '~/lib/visible'
import { PlusMinus } from '~/ui/PlusMinus'
import { Section } from '~/ui/Section'
import { StatusGlyph } from '~/ui/Status'

type RailProps = { all: Overview; review: readonly WorktreeOverview[]; ready: readonly WorktreeOverview[] }

/** Money, busy workspaces, what is to be reviewed, what can be landed. */
export function Rail({ all, review, ready }: RailProps) {
  return (
    <aside aria-label="At a glance" className="flex min-w-0 flex-col gap-6 max-md:mt-6">
      <Today />
      {all.workspaces.length > 1 ? <Workspaces all={all} /> : <Worktrees all={all} />}
      <Finished title="To review" worktrees={review} />
      <Finished title="To land" worktrees={ready} more={<Link to="/landing">Landing</Link>} />
    </aside>
  )
}

function Finished({ title, worktrees, more }: { title: string; worktrees: readonly WorktreeOverview[]; more?: ReactNode }) {
  if (worktrees.length === 0) return null
  return (
    <Section title={title} count={worktrees.length} more={more}>
      {worktrees.slice(0, mostRows).map((worktree) => (
        <WorktreeLine key={worktree.id} worktree={worktree} />
      ))}
    </Section>
  )
}

const mostModels = 4

function Today() {
  const usage = useQuery(usageQuery()).data
  const isDemo = useQuery(systemQuery()).data?.isDemo === true
  if (!usage) return null
  const { today, daily } = usage
  const models = isObject(today.modelUsage) ? Object.entries(today.modelUsage).filter(([, n]) => typeof n === 'number') : []
  return (
    <Section title="Today" more={<Link to="/usage">Usage</Link>}>
      <p className="mt-1 mb-0.5 text-2xl font-medium tracking-[-0.022em]">{isDemo ? 'No charge' : formatCost(today.costMicros / 1_000_000)}</p>
      <p className="text-sm text-fg2">
        {isDemo ? 'scripted model' : daily.limit ? `${formatCount(today.tokensUsed)} of ${formatCount(daily.limit)} tokens` : `no limit set · ${formatCount(today.tokensUsed)} tokens`}
      </p>
      <ul className="mt-2">
        {models.slice(0, mostModels).map(([model, tokens]) => (
          <li key={model} className="flex h-6 items-center gap-2 text-sm text-fg2">
            <span className="truncate">{visibleName(model)}</span>
            <span className="ml-auto text-fg1">{formatCount(Number(tokens))}</span>
          </li>
        ))}
      </ul>
    </Section>
  )
}

const line = 'touch grid h-7 grid-cols-[minmax(0,1fr)_auto_84px] items-center gap-2.5 hover:text-fg0'
const mostRows = 8

function Workspaces({ all }: { all: Overview }) {
  const rows = all.workspaces.map((workspace) => {
    const agents = all.agents.filter(({ workspaceId }) => workspaceId === workspace.workspaceId)
    const worktrees = all.worktrees.filter(({ workspaceId, isMain }) => workspaceId === workspace.workspaceId && !isMain)
    return { workspace, agents, size: sizeOfAll(worktrees) }
  })
  const missing = goneWorkspaces(all)
  const gone = missing.length
  const busy = rows.filter(({ workspace, agents }) => !missing.includes(workspace) && agents.some((agent) => groupOf(agent) === 'needs' || groupOf(agent) === 'working'))
  const quiet = rows.length - Math.min(busy.length, mostRows)
  return (
    <Section title="Workspaces" count={rows.length} more={<Link to="/board">Board</Link>}>
      {busy.slice(0, mostRows).map(({ workspace, agents, size }) => (
        <Link key={workspace.workspaceId} to="/w/$workspaceId" params={{ workspaceId: workspace.workspaceId }} className={line}>
          <span className="truncate">{visibleName(workspace.name)}</span>
          <span className="flex gap-2 text-sm text-fg2">
            {countLooks(agents).map(({ look, count }) => (
              <span key={look} className="flex items-center gap-[3px]">
                <StatusGlyph look={look} word={look} size="size-2.5" />
                {count}
              </span>
            ))}
          </span>
          <span className="text-right">
            <PlusMinus {...size} />
          </span>
        </Link>
      ))}
      {quiet > 0 && (
        <p className="flex h-7 items-center text-fg2">
          {gone > 0 && `${gone} gone`}
          {gone > 0 && quiet > gone && ', '}
          {quiet > gone && `${quiet - gone} ${busy.length > mostRows ? 'more' : 'quiet'}`}
        </p>
      )}
    </Section>
  )
}

function sizeOfAll(worktrees: readonly WorktreeOverview[]): { added: number; removed: number; isLeast: boolean } {
  const sizes = worktrees.map(sizeOf)
  const sum = (key: 'added' | 'removed') => sizes.reduce((n, size) => n + (size[key] ?? 0), 0)
  return { added: sum('added'), removed: sum('removed'), isLeast: sizes.some(({ isLeast }) => isLeast) }
}

function Worktrees({ all }: { all: Overview }) {
  if (all.worktrees.length === 0) return null
  return (
    <Section title="Worktrees" count={all.worktrees.length} more={<Link to="/board">Board</Link>}>
      {all.worktrees.slice(0, mostRows).map((worktree) => (
        <WorktreeLine key={worktree.id} worktree={worktree} />
      ))}
    </Section>
  )
}

function WorktreeLine({ worktree }: { worktree: WorktreeOverview }) {
  return (
    <Link to="/w/$workspaceId/review/$worktreeId" params={{ workspaceId: worktree.workspaceId, worktreeId: worktree.id }} className={line}>
      <span className="truncate font-mono text-sm">{visibleName(worktree.branch)}</span>
      <span className="text-sm text-fg2">{distanceOf(worktree)}</span>
      <span className="text-right">
        <PlusMinus {...sizeOf(worktree)} />
      </span>
    </Link>
  )
}
