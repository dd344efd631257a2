import { Link } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import { agentsByAttention } from '~/api/attention'
import { useIsDemoPath } from '~/api/demo'
import type { Workspace } from '~/api/generated'
import { workspaceQuery, workspacesQuery } from '~/api/queries'
import { ConnectionBadge } from '~/app/Connection'
import { ThemeSwitch } from '~/app/ThemeSwitch'
import { visibleName } from '~/lib/visible'
import { DemoBadge } from '~/ui/Demo'
import { Icon, type IconName } from '~/ui/Icon'
import { lookOf, StatusGlyph, wordOf } from '~/ui/Status'

const row =
  'flex h-8 shrink-0 items-center gap-2 rounded-md px-2 text-fg1 hover:bg-bg3 hover:text-fg0 ' +
  'aria-[current=page]:bg-bg4 aria-[current=page]:font-medium aria-[current=page]:text-fg0'

export function Sidebar({ waiting }: { waiting: number }) {
  return (
    <nav aria-label="Main" className="hidden w-52 shrink-0 flex-col gap-0.5 overflow-y-auto border-r border-line bg-bg1 p-2 md:flex">
      <Link to="/" className="mb-2 flex items-center gap-2 px-2 py-1.5 text-md font-semibold tracking-[-0.01em]">
        <img src="/favicon.svg" alt="" className="size-5" />
        Muster
      </Link>
      <Link to="/" activeOptions={{ exact: true }} className={row}>
        <Icon name="home" />
        Home
      </Link>
      <Link to="/inbox" className={row}>
        <Icon name="inbox" />
        Inbox
        <Count n={waiting} />
      </Link>
      <Workspaces />
    </nav>
  )
}

function Count({ n }: { n: number }) {
  if (n === 0) return null
  return (
    <span className="tnum ml-auto flex items-center gap-1 text-sm font-semibold text-wait">
      {n}
      <span className="sr-only">open</span>
    </span>
  )
}

function Workspaces() {
  const workspaces = useQuery(workspacesQuery())
  if (!workspaces.data || workspaces.data.workspaces.length === 0) return null
  return (
    <>
      <h2 className="mt-4 mb-1 px-2 text-xs font-medium text-fg2">Workspaces</h2>
      <ul className="flex flex-col gap-0.5">
        {workspaces.data.workspaces.map((workspace) => (
          <WorkspaceBranch key={workspace.id} workspace={workspace} />
        ))}
      </ul>
    </>
  )
}

const mostAgents = 8

/** A workspace and its agents, those that need attention first. */
function WorkspaceBranch({ workspace }: { workspace: Workspace }) {
  const { id, name, path } = workspace
  const detail = useQuery(workspaceQuery(id))
  const isDemo = useIsDemoPath(path)
  const all = agentsByAttention(detail.data)
  const agents = all.slice(0, mostAgents)
  return (
    <li>
      <Link to="/w/$workspaceId" params={{ workspaceId: id }} activeOptions={{ exact: true }} title={visibleName(path)} className={row}>
        <Icon name="folder" />
        <span className="min-w-0 flex-1 truncate">{visibleName(name)}</span>
        {isDemo && <DemoBadge />}
      </Link>
      {agents.length > 0 && (
        <ul aria-label={`Agents of ${visibleName(name)}`} className="mt-0.5 ml-3.5 flex flex-col gap-0.5 border-l border-line2 pl-1.5">
          {agents.map((agent) => (
            <li key={agent.id}>
              <Link to="/w/$workspaceId/a/$agentId" params={{ workspaceId: id, agentId: agent.id }} title={visibleName(agent.name)} className={row}>
                <StatusGlyph look={lookOf(agent.statusReason)} />
                <span className="truncate">{visibleName(agent.name)}</span>
                <span className="sr-only">, {wordOf(agent.statusReason)}</span>
              </Link>
            </li>
          ))}
          {all.length > agents.length && <li className="px-2 text-sm text-fg2">and {all.length - agents.length} more</li>}
        </ul>
      )}
    </li>
  )
}

const tabs = [
  { to: '/', name: 'Home', icon: 'home' },
  { to: '/inbox', name: 'Inbox', icon: 'inbox' },
] as const satisfies readonly { to: string; name: string; icon: IconName }[]

/** The same on a phone, within reach of the thumb. */
export function BottomBar({ waiting }: { waiting: number }) {
  return (
    <nav
      aria-label="Main"
      className="flex shrink-0 items-center justify-around border-t border-line bg-bg1 pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {tabs.map(({ to, name, icon }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: true }}
          className="flex min-h-12 min-w-20 flex-col items-center justify-center text-xs text-fg1 aria-[current=page]:text-accent"
        >
          <Icon name={icon} />
          <span>
            {name}
            {to === '/inbox' && waiting > 0 && <strong className="tnum text-wait"> {waiting}</strong>}
          </span>
        </Link>
      ))}
      <span className="text-xs text-fg1">
        <ConnectionBadge />
      </span>
      <ThemeSwitch />
    </nav>
  )
}
