import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { agentQuery, workspaceQuery } from '~/api/queries'
import type { Agent } from '~/api/generated'
import { AgentHeader } from '~/features/agent/AgentHeader'
import { Archived } from '~/features/agent/Archived'
import { Dock } from '~/features/agent/Dock'
import { TerminalNote } from '~/features/agent/TerminalNote'
import { TranscriptPane } from '~/features/transcript/TranscriptPane'
import { useTranscript } from '~/features/transcript/use-transcript'
import { ErrorNote, Skeleton } from '~/ui/Notes'
import { Root } from '~/ui/Root'
import { PaneFrame } from '~/ui/Page'

const route = getRouteApi('/w/$workspaceId/a/$agentId')

export function AgentPage() {
  const { workspaceId, agentId } = route.useParams()
  const agent = useQuery(agentQuery(workspaceId, agentId))
  if (agent.error)
    return (
      <PaneFrame title="Agent" header={<h1 className="font-semibold">Agent</h1>}>
        <div className="p-4">
          <ErrorNote title="This agent could not be read" error={agent.error} onRetry={() => void agent.refetch()} />
        </div>
      </PaneFrame>
    )
  if (!agent.data)
    return (
      <PaneFrame title="Agent" header={<h1 className="font-semibold">Agent</h1>}>
        <div className="mx-auto w-full max-w-[800px] p-4">
          <Skeleton rows={4} />
        </div>
      </PaneFrame>
    )
  return <LoadedAgent key={agentId} workspaceId={workspaceId} agent={agent.data} />
}

function LoadedAgent({ workspaceId, agent }: { workspaceId: string; agent: Agent }) {
  const transcript = useTranscript(agent.id)
  const { msg, find } = route.useSearch()
  const [sent, setSent] = useState<string>()
  const workspace = useQuery(workspaceQuery(workspaceId))
  const worktree = workspace.data?.worktrees.find(({ id }) => id === agent.worktreeId)
  return (
    <PaneFrame title={agent.name} header={<AgentHeader workspaceId={workspaceId} agent={agent} transcript={transcript} />}>
      {agent.adapter === 'terminal' && <TerminalNote agent={agent} />}
      <Root value={worktree?.path}>
        <TranscriptPane agent={agent} sent={sent} focusMessageId={msg} find={find} />
        {agent.deletedAt ? <Archived agent={agent} /> : <Dock agent={agent} transcript={transcript} onSent={setSent} />}
      </Root>
    </PaneFrame>
  )
}
