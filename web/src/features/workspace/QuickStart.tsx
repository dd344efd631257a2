import type { WorktreeDetail } from '~/api/generated'
import { useNewAgent } from '~/features/workspace/use-new-agent'
import { useDraft } from '~/api/ui-state'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/Notes'

/**
 * An empty worktree offers a prompt, and then shows the agent that works on it. A failure stays visible,
 * even if the agent is there by then.
 */
export function QuickStart({ worktree, isOffered }: { worktree: WorktreeDetail; isOffered: boolean }) {
  const { text, set, take } = useDraft(`start.${worktree.id}`)
  const { run, isPending: isBusy, error } = useNewAgent(worktree, take)
  if (!isOffered && !error) return null
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isBusy && text.trim()) run(text.trim())
      }}
    >
      {isOffered && (
        <div className="flex gap-2">
          <input
            aria-label={`Prompt for a new agent in ${visibleName(worktree.name)}`}
            placeholder="Start an agent here: what should it do?"
            value={text}
            onChange={(event) => set(event.target.value)}
            className="touch h-8 min-w-0 flex-1 rounded-md border border-ctl bg-bg0 px-2.5 placeholder:text-fg2"
          />
          <Button type="submit" icon="play" disabled={isBusy || text.trim() === ''}>
            Start
          </Button>
        </div>
      )}
      {error && <ErrorNote title="The agent did not start" error={error} />}
    </form>
  )
}
