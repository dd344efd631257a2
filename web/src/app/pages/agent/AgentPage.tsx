import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Agent } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import { promptable } from '~/api/send-prompt'
import { useStored } from '~/app/layout'
import { AgentDock } from '~/app/pages/agent/AgentDock'
import { AgentHead } from '~/app/pages/agent/AgentHead'
import { AgentPane } from '~/app/pages/agent/AgentPane'
import { panePanel, PaneTabs } from '~/app/pages/agent/PaneTabs'
import { useAgentPlace, type AgentPlace } from '~/app/pages/agent/use-place'
import { useMarkSeen, useRead } from '~/app/pages/agent/use-seen'
import { useMoment } from '~/app/pages/agent/use-moment'
import { useRetry } from '~/app/pages/agent/use-retry'
import { useTurnActions } from '~/app/pages/agent/use-turn-actions'
import { showInPane } from '~/features/terminal/layout'
import { TranscriptPane } from '~/features/transcript/TranscriptPane'
import { useKeys } from '~/lib/keys'
import { Boundary } from '~/ui/Boundary'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'
import { Root } from '~/ui/Root'
import { SplitPane } from '~/ui/SplitPane'
import { panelOf } from '~/ui/Tabs'

const AgentScrubber = lazyPart(async () => (await import('~/app/pages/agent/AgentTime')).AgentScrubber)
const AgentPast = lazyPart(async () => (await import('~/app/pages/agent/AgentTime')).AgentPast)
const WorktreeProgress = lazyPart(async () => (await import('~/features/script/WorktreeProgress')).WorktreeProgress)

const widths = { least: { left: 480, right: 440 }, standard: 548 }

/** One agent: what is said and done, and beside it what it changed, runs, plans and costs. */
export function AgentPage({ agent }: { agent: Agent }) {
  const place = useAgentPlace(agent)
  const { pane, isNarrow, search } = place
  const [width, setWidth] = useStored('agent.pane', widths.standard)
  const [isWhole, setWhole] = useState(false)
  const [sent, setSent] = useState<string>()
  const [seenIndex, setSeen] = useRead(agent.id)
  const turnActions = useTurnActions(agent, place)
  const past = useMoment(agent, place)
  const retry = useRetry(agent, setSent)
  const { moment } = past
  const folder = useQuery(overviewQuery()).data?.worktrees.find(({ id }) => id === agent.worktreeId)?.path
  useMarkSeen(agent)
  useKeys('page', [{ keys: 'Ctrl+Shift+F', label: 'whole width', inFields: true, isQuiet: true, run: () => setWhole((now) => !now) }])
  const chat = (
    <Boundary name="transcript">
      <Root value={folder}>
        <TranscriptPane
          agent={agent}
          sent={sent}
          turnActions={turnActions}
          focusMessageId={search.msg}
          find={search.find}
          seenIndex={seenIndex}
          onSeen={setSeen}
          onRetry={retry}
          beforeMoment={moment === undefined ? undefined : new Date(moment).toISOString()}
        />
        {moment === undefined && <AgentProgress agent={agent} place={place} />}
        {moment === undefined ? (
          <AgentDock agent={agent} onSent={setSent} />
        ) : (
          <LazyPart>
            <AgentPast past={past} moment={moment} />
          </LazyPart>
        )}
      </Root>
    </Boundary>
  )
  const side = pane && <AgentPane agent={agent} place={place} pane={pane} past={past} isWhole={isWhole} onWhole={() => setWhole(!isWhole)} />
  return (
    <>
      <AgentHead agent={agent} place={place} past={past} />
      {isNarrow && <PaneTabs agent={agent} place={place} past={past} hasChat />}
      {isNarrow || isWhole ? (
        <div {...(isNarrow && !side && panelOf(panePanel, 'none'))} className="flex min-h-0 flex-1 flex-col">
          {side || chat}
        </div>
      ) : (
        <SplitPane label="Width of the right pane" left={chat} right={side} width={width} onWidth={setWidth} least={widths.least} standard={widths.standard} />
      )}
      {agent.adapter !== 'terminal' && (
        <div data-foot="" className="h-[52px] shrink-0 border-t border-line bg-bg1 max-sm:h-11">
          <LazyPart>
            <AgentScrubber agent={agent} past={past} />
          </LazyPart>
        </div>
      )}
    </>
  )
}

/** What its worktree waits for: setup, checks, what git does. */
function AgentProgress({ agent: { workspaceId, worktreeId }, place }: { agent: Agent; place: AgentPlace }) {
  const agents = promptable(useQuery(overviewQuery()).data?.agents ?? [], worktreeId)
  return (
    <div className="mx-auto w-full max-w-[832px] shrink-0 px-4">
      <LazyPart>
        <WorktreeProgress
          workspaceId={workspaceId}
          worktreeId={worktreeId}
          agents={agents}
          onLog={(runId) => {
            showInPane(worktreeId, runId)
            place.show('terminal')
          }}
        />
      </LazyPart>
    </div>
  )
}
