import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { isSamplePath } from '~/api/demo'
import { systemQuery, workspacesQuery } from '~/api/queries'
import { useAct } from '~/api/use-act'
import { useCommand } from '~/api/use-command'
import { DemoGuide } from '~/features/workspace/DemoGuide'
import { OpenRepository } from '~/features/workspace/OpenRepository'
import { StorageNote } from '~/features/workspace/StorageNote'
import { WorkspaceCard } from '~/features/workspace/WorkspaceCard'
import { ClaudeNote } from '~/features/workspace/ClaudeNote'
import { Button } from '~/ui/Button'
import { Empty, ErrorNote, Skeleton } from '~/ui/Notes'
import { Page } from '~/ui/Page'

export function HomePage() {
  const [isOpening, setOpening] = useState(false)
  const openButton = (
    <Button look="solid" icon="plus" onClick={() => setOpening(true)}>
      Open repository
    </Button>
  )
  return (
    <Page title="Workspaces" lead="Git repositories that you have opened." actions={openButton}>
      <ClaudeNote />
      <StorageNote />
      <Guides />
      <WorkspaceList onOpen={() => setOpening(true)} />
      {isOpening && <OpenRepository onClose={() => setOpening(false)} />}
    </Page>
  )
}

function Guides() {
  const workspaces = useQuery(workspacesQuery()).data?.workspaces ?? []
  const system = useQuery(systemQuery()).data
  const sample = system && workspaces.find(({ path }) => isSamplePath(system, path))
  return sample ? <DemoGuide workspaceId={sample.id} /> : null
}

function WorkspaceList({ onOpen }: { onOpen: () => void }) {
  const workspaces = useQuery(workspacesQuery())
  if (workspaces.error)
    return <ErrorNote title="The workspaces could not be read" error={workspaces.error} onRetry={() => void workspaces.refetch()} />
  if (!workspaces.data) return <Skeleton rows={3} height="h-20" />
  if (workspaces.data.workspaces.length === 0) return <NoWorkspace onOpen={onOpen} />
  return (
    <ul aria-label="Workspaces" className="grid grid-cols-1 gap-3 sm:grid-cols-2 lg:grid-cols-3">
      {workspaces.data.workspaces.map((workspace) => (
        <WorkspaceCard key={workspace.id} workspace={workspace} />
      ))}
    </ul>
  )
}

function NoWorkspace({ onOpen }: { onOpen: () => void }) {
  const command = useCommand('workspace open ~/code/my-project')
  return (
    <Empty icon="folder" title="Open a git repository to run agents in its worktrees." command={command}>
      <Button look="solid" icon="plus" onClick={onOpen}>
        Open repository
      </Button>
      <DemoButton />
    </Empty>
  )
}

/** For a newcomer without a login: the main task with a scripted model. */
function DemoButton() {
  const system = useQuery(systemQuery())
  const navigate = useNavigate()
  const demo = useAct('start_demo', ({ workspace }) => void navigate({ to: '/w/$workspaceId', params: { workspaceId: workspace.id } }))
  if (!system.data || system.data.isDemo || system.data.claude.login !== 'logged_out') return null
  if (!system.data.claude.demoFound) return <p className="basis-full text-fg2">The demo needs Claude Code too, but no login.</p>
  return (
    <>
      <Button icon="play" disabled={demo.isPending} onClick={() => demo.mutate({})}>
        {demo.isPending ? 'Preparing the demo' : 'Try the demo'}
      </Button>
      {demo.error && <ErrorNote title="The demo could not start" error={demo.error} />}
    </>
  )
}
