import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import type { Agent, AgentOverview } from '~/api/generated'
import { groupOf, type Group } from '~/api/groups'
import { overviewQuery } from '~/api/overview'
import { agentQuery } from '~/api/workspace-queries'
import { AgentDock } from '~/app/pages/agent/AgentDock'
import type { PaneProps } from '~/app/pages/agent/AgentPane'
import { useMarkSeen, useRead } from '~/app/pages/agent/use-seen'
import { StatusWord } from '~/features/agent-facts/StatusWord'
import { TranscriptPane } from '~/features/transcript/TranscriptPane'
import { lookOf, wordOf } from '~/lib/status'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Root } from '~/ui/Root'
import { Skeleton } from '~/ui/Skeleton'
import { StatusGlyph } from '~/ui/Status'

/** A second agent beside the one of the page: what it says, its asks and its composer. */
export function Beside({ agent, place }: PaneProps) {
  const overview = useQuery(overviewQuery()).data
  const row = overview?.agents.find(({ id }) => id === place.search.beside && id !== agent.id)
  if (!overview) return <div className="px-6"><Skeleton label="Reading your agents" /></div>
  if (row) return <Other key={row.id} row={row} onOther={() => place.setBeside(undefined)} />
  return <Choose agent={agent} agents={overview.agents} wasWanted={place.search.beside !== undefined} onChoose={place.setBeside} />
}

const order: readonly Group[] = ['needs', 'working', 'finished', 'quiet']
const mostRows = 40

type ChooseProps = { agent: Agent; agents: readonly AgentOverview[]; wasWanted: boolean; onChoose: (id: string) => void }

function Choose({ agent, agents, wasWanted, onChoose }: ChooseProps) {
  const isNear = (one: AgentOverview) => (one.workspaceId === agent.workspaceId ? 0 : 1)
  const others = agents.filter(({ id, adapter }) => id !== agent.id && adapter !== 'terminal')
  const sorted = others.toSorted((a, b) => isNear(a) - isNear(b) || order.indexOf(groupOf(a)) - order.indexOf(groupOf(b)) || a.name.localeCompare(b.name))
  if (others.length === 0) return <div className="px-6"><Empty title="No other agent" text="A second agent is shown here, beside this one." /></div>
  return (
    <div className="min-h-0 flex-1 overflow-y-auto px-4 py-3">
      <h2 className="px-2 pb-1 font-semibold">{wasWanted ? 'That agent is no longer here. Choose another' : 'Choose the agent to show beside this one'}</h2>
      <ul aria-label="Agents">
        {sorted.slice(0, mostRows).map((one) => (
          <li key={one.id}>
            <button type="button" onClick={() => onChoose(one.id)} className="touch grid min-h-7 w-full grid-cols-[28px_minmax(0,1fr)_auto] items-center rounded-md px-2 text-left -outline-offset-2 hover:bg-bg3">
              <StatusGlyph look={lookOf(one.statusReason)} />
              <span className="truncate font-medium">{visibleName(one.name)}</span>
              <span className="text-sm text-fg2">{wordOf(one.statusReason)}</span>
            </button>
          </li>
        ))}
      </ul>
      {sorted.length > mostRows && <p className="px-2 pt-1 text-sm text-fg2">{sorted.length - mostRows} more. Open one of them, and show this one beside it.</p>}
    </div>
  )
}

function Other({ row, onOther }: { row: AgentOverview; onOther: () => void }) {
  const { workspaceId, id: agentId } = row
  const { data, error, refetch } = useQuery(agentQuery(workspaceId, agentId))
  return (
    <>
      <div className="flex h-9 shrink-0 items-center gap-2 border-b border-line px-4">
        <Link to="/w/$workspaceId/a/$agentId" params={{ workspaceId, agentId }} className="hit min-w-0 truncate font-medium hover:underline">
          {visibleName(row.name)}
        </Link>
        {data && <StatusWord agent={data} />}
        <span className="ml-auto">
          <Button isSmall look="quiet" onClick={onOther}>
            Another
          </Button>
        </span>
      </div>
      {error && <div className="px-6"><ErrorNote title="This agent could not be read" error={error} onRetry={() => void refetch()} /></div>}
      {!data && !error && <div className="px-6"><Skeleton label="Reading the agent" /></div>}
      {data && <Chat agent={data} />}
    </>
  )
}

function Chat({ agent }: { agent: Agent }) {
  const area = useRef<HTMLDivElement>(null)
  const [sent, setSent] = useState<string>()
  const [seenIndex, setSeen] = useRead(agent.id)
  const folder = useQuery(overviewQuery()).data?.worktrees.find(({ id }) => id === agent.worktreeId)?.path
  useMarkSeen(agent)
  return (
    <div ref={area} className="flex min-h-0 flex-1 flex-col">
      <Root value={folder}>
        <TranscriptPane agent={agent} sent={sent} seenIndex={seenIndex} onSeen={setSeen} />
        <AgentDock agent={agent} onSent={setSent} area={area} />
      </Root>
    </div>
  )
}
