import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { AgentOverview, WorkspaceNews } from '~/api/generated'
import { isSamplePath } from '~/api/demo'
import { countLooks, groupsOf, inboxCount, isReady, isToReview, sinceOf } from '~/api/groups'
import { overviewQuery } from '~/api/overview'
import { systemQuery } from '~/api/queries'
import { useSeen } from '~/api/seen'
import mark from '~/app/favicon.svg'
import { openPalette, startAgent } from '~/app/overlays'
import { useSteadyOrder } from '~/app/use-steady-order'
import { useStored } from '~/app/layout'
import { visibleName } from '~/lib/visible'
import { Age } from '~/ui/Age'
import { IconButton } from '~/ui/Button'
import { DemoBadge } from '~/ui/Demo'
import { Icon, type IconName } from '~/ui/Icon'
import { Kbd } from '~/ui/Kbd'
import { lookOf, reasonText, wordOf } from '~/lib/status'
import { StatusGlyph } from '~/ui/Status'

const row =
  'touch flex h-7 shrink-0 items-center rounded-md pr-2 text-fg1 -outline-offset-2 hover:bg-bg3 ' +
  'aria-[current=page]:bg-bg4 aria-[current=page]:font-medium aria-[current=page]:text-fg0 max-lg:w-8 max-lg:pr-0'
/** Names stay for screen readers where the bar is a column of glyphs. */
const folded = 'max-lg:sr-only'

function Gutter({ children }: { children: ReactNode }) {
  return <span className="grid w-[30px] shrink-0 place-items-center max-lg:w-8">{children}</span>
}

/** Rows of 28 px in one gutter: places, what needs a person, what works, what has finished, and the workspaces. */
export function SideBar() {
  const { data } = useQuery(overviewQuery())
  const { isSeen } = useSeen()
  const { needs, working, finished } = groupsOf(data ?? { agents: [] }, isSeen)
  const ready = data?.worktrees.filter((worktree) => isReady(worktree, data.agents)).length ?? 0
  const review = data?.worktrees.filter((worktree) => isToReview(worktree, data.agents)).length ?? 0
  const asks = inboxCount(data?.agents ?? [])
  return (
    <nav aria-label="Main" className="flex w-60 shrink-0 flex-col overflow-hidden border-r border-line bg-bg1 px-2 max-lg:w-12 max-sm:hidden">
      <div className="flex h-11 shrink-0 items-center gap-2 px-2 max-lg:px-1.5">
        <img src={mark} alt="" className="size-5 shrink-0" />
        <b className={`flex-1 font-semibold ${folded}`}>Muster</b>
        <span className="max-lg:hidden">
          <IconButton icon="plus" label="New agent" isSmall onClick={() => startAgent()} />
        </span>
      </div>
      <button
        type="button"
        onClick={openPalette}
        aria-label="Find or run"
        className="touch mb-2 flex h-7 shrink-0 items-center gap-2 rounded-md bg-bg3 px-2 text-fg2 hover:text-fg1 max-lg:justify-center max-lg:bg-transparent max-lg:px-0"
      >
        <Icon name="search" className="size-3.5" />
        <span className={`flex-1 text-left ${folded}`}>Find or run</span>
        <span className="max-lg:hidden">
          <Kbd keys="Ctrl+K" />
        </span>
      </button>
      <div className="flex min-h-0 flex-1 flex-col overflow-y-auto pb-2">
        <Place to="/" icon="home" name="Home" />
        <Place to="/inbox" icon="inbox" name="Inbox" count={asks > 0 && <span className="font-medium text-wait">{asks}</span>} />
        <Place to="/board" icon="board" name="Board" />
        {ready + review > 0 && <Place to="/landing" icon="land" name="Landing" count={ready > 0 && `${ready} ready`} />}
        <AgentGroup title="Needs you" agents={needs} isUnread />
        <AgentGroup title="Working" agents={working} />
        <AgentGroup title="Finished, not seen" agents={finished} isUnread />
        {data && <Workspaces workspaces={data.workspaces} agents={data.agents} />}
      </div>
      <div className="flex h-9 shrink-0 items-center gap-0.5 text-sm text-fg2 max-lg:h-auto max-lg:flex-col max-lg:pb-2">
        <Foot to="/usage" name="Usage" icon="clock" />
        <Foot to="/recovery" name="Recovery" icon="restore" />
        <Foot to="/settings/$section" name="Settings" icon="gear" />
      </div>
    </nav>
  )
}

type PlaceProps = { to: '/' | '/inbox' | '/board' | '/landing'; icon: IconName; name: string; count?: ReactNode }

function Place({ to, icon, name, count }: PlaceProps) {
  return (
    <Link to={to} activeOptions={{ exact: true, includeSearch: false }} title={name} className={row}>
      <Gutter>
        <Icon name={icon} className="text-fg2" />
      </Gutter>
      <span className={`min-w-0 flex-1 truncate ${folded}`}>{name}</span>
      {count && <span className={`ml-2 text-sm text-fg2 ${folded}`}>{count}</span>}
    </Link>
  )
}

function Foot({ to, name, icon }: { to: '/usage' | '/recovery' | '/settings/$section'; name: string; icon: IconName }) {
  return (
    <Link to={to} params={{ section: 'general' }} title={name} className="touch flex h-6 items-center rounded-md px-2 hover:bg-bg3 aria-[current=page]:text-fg0 max-lg:w-8 max-lg:justify-center max-lg:px-0">
      <Icon name={icon} className="hidden size-3.5 max-lg:block" />
      <span className={folded}>{name}</span>
    </Link>
  )
}

const mostRows = 5

/** A group of agents by their state; its heading is the word. A new order waits until the pointer has left. */
function AgentGroup({ title, agents, isUnread = false }: { title: string; agents: readonly AgentOverview[]; isUnread?: boolean }) {
  const { rows, hold } = useSteadyOrder(agents)
  const [isWhole, setWhole] = useStored(`side.${title}`, false)
  if (rows.length === 0) return null
  const shown = isWhole ? rows : rows.slice(0, mostRows)
  return (
    <section aria-label={title} {...hold} className="flex flex-col">
      <h2 className="mt-3 flex h-6 shrink-0 items-center px-2 text-xs font-medium text-fg2 max-lg:mx-2 max-lg:mt-2 max-lg:h-[9px] max-lg:border-t max-lg:border-line2 max-lg:px-0">
        <span className={folded}>{title}</span>
        <span className={`ml-1.5 font-normal ${folded}`}>{rows.length}</span>
      </h2>
      {shown.map((agent) => (
        <Link
          key={agent.id}
          to="/w/$workspaceId/a/$agentId"
          params={{ workspaceId: agent.workspaceId, agentId: agent.id }}
          title={titleOf(agent)}
          className={`${row} ${isUnread ? 'font-medium text-fg0' : ''}`}
        >
          <Gutter>
            <StatusGlyph look={lookOf(agent.statusReason)} word={wordOf(agent.statusReason)} />
          </Gutter>
          <span className={`min-w-0 flex-1 truncate ${folded}`}>{visibleName(agent.name)}</span>
          <Age at={sinceOf(agent)} className={`ml-2 text-sm font-normal text-fg2 ${folded}`} />
        </Link>
      ))}
      {rows.length > mostRows && (
        <button type="button" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)} className={`${row} pl-[30px] text-fg2 max-lg:justify-center max-lg:pl-0`}>
          {isWhole ? 'Fewer' : `${rows.length - mostRows} more`}
        </button>
      )}
    </section>
  )
}

/** The row has room for the name; why it is as it is stands in its tooltip, which is also its description. */
function titleOf(agent: AgentOverview): string {
  const why = [wordOf(agent.statusReason), reasonText(agent)].filter(Boolean).join(', ')
  return `${visibleName(agent.name)}: ${visibleName(why)}`
}

type WorkspacesProps = { workspaces: readonly WorkspaceNews[]; agents: readonly AgentOverview[] }

/** Those where something happens, by name; the quiet ones are one line until they are asked for. */
function Workspaces({ workspaces, agents }: WorkspacesProps) {
  const [isWhole, setWhole] = useStored('side.workspaces', false)
  const system = useQuery(systemQuery()).data
  if (workspaces.length === 0) return null
  const withCounts = workspaces.map((workspace) => ({ workspace, looks: countLooks(agents.filter((agent) => agent.workspaceId === workspace.workspaceId)) }))
  const busy = withCounts.filter(({ looks }) => looks.length > 0)
  const shown = isWhole || workspaces.length <= 8 ? withCounts : busy
  const quiet = withCounts.length - shown.length
  return (
    <section aria-label="Workspaces" className="flex flex-col max-lg:hidden">
      <h2 className="mt-3 flex h-6 shrink-0 items-center px-2 text-xs font-medium text-fg2">
        Workspaces<span className="ml-1.5 font-normal">{workspaces.length}</span>
        <Link to="/welcome" title="Open a repository" aria-label="Open a repository" className="touch -mr-1 ml-auto grid size-6 place-items-center rounded-md hover:bg-bg3 hover:text-fg0">
          <Icon name="plus" className="size-3.5" />
        </Link>
      </h2>
      {shown.map(({ workspace, looks }) => (
        <Link key={workspace.workspaceId} to="/w/$workspaceId" activeOptions={{ exact: true, includeSearch: false }} params={{ workspaceId: workspace.workspaceId }} title={visibleName(workspace.path)} className={row}>
          <Gutter>
            <Icon name="chevron" className="size-3.5 text-fg2" />
          </Gutter>
          <span className="min-w-0 flex-1 truncate">{visibleName(workspace.name)}</span>
          {system && isSamplePath(system, workspace.path) && <DemoBadge />}
          <span className="ml-2 flex gap-2 text-sm text-fg2">
            {looks.map(({ look, count }) => (
              <span key={look} className="flex items-center gap-[3px]">
                <StatusGlyph look={look} word={look} size="size-2.5" />
                {count}
              </span>
            ))}
          </span>
        </Link>
      ))}
      {(quiet > 0 || isWhole) && workspaces.length > 8 && (
        <button type="button" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)} className={`${row} pl-[30px] text-fg2`}>
          {isWhole ? 'Only busy ones' : `${quiet} more, quiet`}
        </button>
      )}
    </section>
  )
}
