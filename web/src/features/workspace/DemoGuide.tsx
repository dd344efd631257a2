import { useQuery } from '@tanstack/react-query'
import { agentsOf } from '~/api/agents'
import { isSamplePath } from '~/api/demo'
import type { WorktreeDetail } from '~/api/generated'
import { systemQuery, workspaceQuery } from '~/api/queries'
import { useNewAgent } from '~/features/workspace/use-new-agent'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/Notes'

const task = 'Teach greet.sh a second language'

const steps = [
  { title: 'Give an agent a task.', text: 'Any text will do: the answer is scripted.' },
  { title: 'Answer what it asks.', text: 'It asks before it changes a file. Nothing happens until you allow it.' },
  { title: 'Read the diff.', text: 'It shows every change, before you keep it.' },
]

/** What to try first in the demo, until its sample has an agent. */
export function DemoGuide({ workspaceId }: { workspaceId: string }) {
  const workspace = useQuery(workspaceQuery(workspaceId)).data
  const system = useQuery(systemQuery()).data
  if (!workspace || !system || !isSamplePath(system, workspace.path)) return null
  const { worktrees } = workspace
  const [worktree] = worktrees
  if (!worktree || worktrees.some((one) => agentsOf(one).length > 0)) return null
  return (
    <section aria-labelledby="demo-guide" className="flex flex-col gap-3 rounded-lg border border-line2 bg-bg2 p-4">
      <h2 id="demo-guide" className="text-md font-semibold">
        Try this first
      </h2>
      <ol className="grid list-inside list-decimal grid-cols-1 gap-2 marker:text-fg2 sm:grid-cols-3 sm:gap-4">
        {steps.map(({ title, text }) => (
          <li key={title}>
            <strong className="font-semibold">{title}</strong> <span className="text-fg1">{text}</span>
          </li>
        ))}
      </ol>
      <StartTask worktree={worktree} />
    </section>
  )
}

function StartTask({ worktree }: { worktree: WorktreeDetail }) {
  const { run, isPending, error } = useNewAgent(worktree)
  return (
    <>
      <div>
        <Button look="solid" icon="play" disabled={isPending} onClick={() => run(task)}>
          {isPending ? 'Starting' : `Start: “${task}”`}
        </Button>
      </div>
      {error && <ErrorNote title="The agent did not start" error={error} />}
    </>
  )
}
