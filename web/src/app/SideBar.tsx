import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode } from 'react'
import type { AgentOverview, WorkspaceNews } from '~/api/generated'
import { isSamplePath } from '~/api/demo'
import { countLooks, isReady, isToReview } from '~/api/groups'
import { useInboxCount } from '~/api/inbox-count'
import { overviewQuery } from '~/api/overview'
import { systemQuery } from '~/api/queries'
import mark from '~/app/favicon.svg'
import { openPalette, startAgent } from '~/app/overlays'
import { useStored } from '~/app/layout'
import { AgentGroup } from '~/app/side/AgentGroup'
import { folded, Gutter, row } from '~/app/side/looks'
import { sideFilter, useSteadyGroups } from '~/app/side/use-side-groups'
import { useStore } from '~/lib/store'
import { visibleName } from '~/lib/visible'
import { IconButton } from '~/ui/Button'
import { DemoBadge } from '~/ui/Demo'
import { Icon, type IconName } from '~/ui/Icon'
import { distinctName } from '~/lib/distinct-name'
import { Kbd } from '~/ui/Kbd'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'
import { StatusGlyph } from '~/ui/Status'

/** Not before the page has nothing else to do: most have none. */
const idle = () => new Promise<void>((run) => void ('requestIdleCallback' in window ? requestIdleCallback(() => run(), { timeout: 5_000 }) : setTimeout(run, 2_000)))
const EyesCount = lazyPart(async () => {
  await idle()
  return (await import('~/app/side/EyesCount')).EyesCount
})
const SideFilter = lazyPart(async () => (await import('~/app/side/SideFilter')).SideFilter)

/** Rows of 28 px in one gutter: places, what needs a person, what works, what has finished, and the workspaces. */
export function SideBar() {
  const { data } = useQuery(overviewQuery())
  const { groups, pinned, moved, hold } = useSteadyGroups()
  const filter = useStore(sideFilter)
  const ready = data?.worktrees.filter((worktree) => isReady(worktree, data.agents)).length ?? 0
  const review = data?.worktrees.filter((worktree) => isToReview(worktree, data.agents)).length ?? 0
  const asks = useInboxCount()
  const [hasEyes] = useStored('side.eyes', false)
  const eyes = (
    <LazyPart>
      <EyesCount />
    </LazyPart>
  )
  return (
    <nav aria-label="Main" className="flex w-60 shrink-0 flex-col overflow-hidden border-r border-line bg-bg1 px-2 max-lg:w-12 max-sm:hidden">
      <div className="flex h-11 shrink-0 items-center gap-2 px-2 max-lg:px-1.5">
        <img src={mark} alt="" className="size-5 shrink-0" />
        <b className={`flex-1 font-semibold ${folded}`}>Muster</b>
        <span className="flex max-lg:hidden">
          <IconButton icon="filter" label="Filter the side bar" isSmall aria-pressed={filter !== undefined} onClick={() => sideFilter.set(filter === undefined ? '' : undefined)} />
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
      {filter !== undefined && (
        <LazyPart>
          <SideFilter text={filter} />
        </LazyPart>
      )}
      <div {...hold} className="flex min-h-0 flex-1 flex-col overflow-y-auto pb-2">
        <Place to="/" icon="home" name="Home" />
        <Place to="/inbox" icon="inbox" name="Inbox" count={asks > 0 && <span className="font-medium text-wait">{asks}</span>} />
        <Place to="/board" icon="board" name="Board" />
        {ready + review > 0 && <Place to="/landing" icon="land" name="Landing" count={ready > 0 && `${ready} to land`} />}
        {hasEyes ? <Place to="/eyes" icon="eye" name="Eyes" count={eyes} /> : <span className="hidden">{eyes}</span>}
        {groups.map((group) => (
          <AgentGroup key={group.title} {...group} pins={pinned} />
        ))}
        {data && <Workspaces workspaces={data.workspaces} agents={data.agents} filter={filter?.trim().toLowerCase() ?? ''} />}
      </div>
      {moved > 0 && <p className="shrink-0 px-2 pb-0.5 text-sm text-fg2 max-lg:sr-only">{moved} moved</p>}
      <div className="flex h-9 shrink-0 items-center gap-0.5 text-sm text-fg2 max-lg:h-auto max-lg:flex-col max-lg:pb-2">
        <Foot to="/usage" name="Usage" icon="clock" />
        <Foot to="/recovery" name="Recovery" icon="restore" />
        <Foot to="/settings/$section" name="Settings" icon="gear" />
      </div>
    </nav>
  )
}

type PlaceProps = { to: '/' | '/inbox' | '/board' | '/landing' | '/eyes'; icon: IconName; name: string; count?: ReactNode }

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

type WorkspacesProps = { workspaces: readonly WorkspaceNews[]; agents: readonly AgentOverview[]; filter: string }

/** Those where something happens, by name; the quiet ones are one line until they are asked for. */
function Workspaces({ workspaces, agents, filter }: WorkspacesProps) {
  const [isWhole, setWhole] = useStored('side.workspaces', false)
  const [isFolded, fold] = useStored('side.workspaces.folded', false)
  const system = useQuery(systemQuery()).data
  if (workspaces.length === 0) return null
  const withCounts = workspaces.map((workspace) => ({ workspace, looks: countLooks(agents.filter((agent) => agent.workspaceId === workspace.workspaceId)) }))
  const busy = withCounts.filter(({ looks }) => looks.length > 0)
  const found = withCounts.filter(({ workspace }) => workspace.name.toLowerCase().includes(filter))
  const shown = isFolded ? [] : filter !== '' ? found : isWhole || workspaces.length <= 8 ? withCounts : busy
  const quiet = withCounts.length - shown.length
  return (
    <section aria-label="Workspaces" className="flex flex-col max-lg:hidden">
      <h2 className="mt-3 flex h-6 shrink-0 items-center pr-2 text-xs font-medium text-fg2">
        <button type="button" aria-expanded={!isFolded} onClick={() => fold(!isFolded)} className="flex h-6 flex-1 items-center rounded-md px-2 hover:text-fg0">
          Workspaces<span className="ml-1.5 font-normal">{workspaces.length}</span>
          {isFolded && <Icon name="chevron" className="ml-auto size-3" />}
        </button>
        <Link to="/welcome" title="Open a repository" aria-label="Open a repository" className="touch -mr-1 ml-auto grid size-6 place-items-center rounded-md hover:bg-bg3 hover:text-fg0">
          <Icon name="plus" className="size-3.5" />
        </Link>
      </h2>
      {shown.map(({ workspace, looks }) => (
        <Link key={workspace.workspaceId} to="/w/$workspaceId" activeOptions={{ exact: true, includeSearch: false }} params={{ workspaceId: workspace.workspaceId }} title={visibleName(workspace.path)} className={row}>
          <Gutter>
            <Icon name="chevron" className="size-3.5 text-fg2" />
          </Gutter>
          <span className="min-w-0 flex-1 truncate">{visibleName(distinctName(workspace, workspaces))}</span>
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
      {!isFolded && filter === '' && (quiet > 0 || isWhole) && workspaces.length > 8 && (
        <button type="button" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)} className={`${row} pl-[30px] text-fg2`}>
          {isWhole ? 'Only busy ones' : `${quiet} more, quiet`}
        </button>
      )}
    </section>
  )
}
