import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useRef, useState, type FormEvent } from 'react'
import { useIsDemoPath } from '~/api/demo'
import { clisQuery, isReady } from '~/api/doctor'
import type { Workspace, WorktreeDetail } from '~/api/generated'
import { workspaceQuery } from '~/api/workspace-queries'
import { useDraft } from '~/api/ui-state'
import { Step } from '~/features/welcome/Step'
import { useFirstAgent } from '~/features/welcome/use-first-agent'
import { useFreeFocus } from '~/lib/focus'
import { useKeys } from '~/lib/keys'
import { visibleName } from '~/lib/visible'
import { Button, linkLook } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { TextArea } from '~/ui/Field'
import { Skeleton } from '~/ui/Skeleton'

const sampleTask = 'Teach greet.sh a second language'

/** The prompt of the first agent, and what happens on disk. */
export function FirstAgent({ workspace }: { workspace: Workspace }) {
  const detail = useQuery(workspaceQuery(workspace.id))
  const worktree = detail.data?.worktrees.find(({ isMain }) => isMain) ?? detail.data?.worktrees[0]
  return (
    <Step title="The first agent" state="now">
      {detail.error && <ErrorNote title="The workspace could not be read" error={detail.error} onRetry={() => void detail.refetch()} />}
      {detail.isPending && <Skeleton label="Reading the workspace" rows={3} />}
      {worktree && <Prompt workspace={workspace} worktree={worktree} />}
    </Step>
  )
}

function Prompt({ workspace, worktree }: { workspace: Workspace; worktree: WorktreeDetail }) {
  const isDemo = useIsDemoPath(workspace.path)
  const cli = useQuery(clisQuery()).data?.clis.find((one) => isReady(one, isDemo))
  const draft = useDraft(`welcome/${workspace.id}`)
  const form = useRef<HTMLFormElement>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const agent = useFirstAgent(workspace.id, { worktreeId: worktree.id, ...(cli && { adapter: cli.adapter }) }, draft.take)
  const [isTyped, setTyped] = useState(false)
  const text = draft.text || (isDemo && !isTyped ? sampleTask : '')
  useFreeFocus(field)
  const run = () => text.trim() !== '' && !agent.isPending && agent.run(text.trim())
  useKeys('item', [{ keys: 'Ctrl+Enter', label: 'start', inFields: true, run }], { within: form })
  function submit(event: FormEvent) {
    event.preventDefault()
    run()
  }
  function type(next: string) {
    setTyped(true)
    draft.set(next)
  }
  return (
    <form ref={form} onSubmit={submit} className="mt-2 flex flex-col gap-3">
      <TextArea
        ref={field}
        label="What should it do?"
        rows={4}
        value={text}
        onText={type}
        hint={
          <>
            {cli ? visibleName(cli.name) : 'It'} works in <span className="font-mono [overflow-wrap:anywhere]">{visibleName(worktree.path)}</span> on{' '}
            <span className="font-mono">{visibleName(worktree.branch)}</span>, {isDemo ? 'the sample’s own checkout' : 'your own checkout'}, and asks before it changes anything.{' '}
            {isDemo ? 'In the demo any text will do: the answer is scripted.' : 'New agent in the side bar gives one a worktree of its own.'}
          </>
        }
      />
      {agent.error && <ErrorNote title="The agent did not start" error={agent.error} />}
      {agent.made && <p className="text-sm text-fg1">{visibleName(agent.made.name)} was created and keeps this prompt: it gets it once it starts.</p>}
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" look="solid" keys="Ctrl+Enter" isOff={agent.isPending || text.trim() === ''}>
          {agent.isPending ? 'Starting' : agent.made ? 'Start again' : 'Start the agent'}
        </Button>
        {agent.made && (
          <Link to="/w/$workspaceId/a/$agentId" params={{ workspaceId: workspace.id, agentId: agent.made.id }} className={linkLook('plain')}>
            Open it
          </Link>
        )}
        <Link to="/w/$workspaceId" params={{ workspaceId: workspace.id }} className={linkLook('quiet')}>
          Look at the workspace first
        </Link>
      </div>
    </form>
  )
}
