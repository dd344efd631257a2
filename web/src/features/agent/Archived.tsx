import type { Agent } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { Button } from '~/ui/Button'

/** Replaces the dock: an archived agent accepts nothing until it is restored. */
export function Archived({ agent }: { agent: Agent }) {
  const restore = useAct('restore_agent', undefined, 'toasted')
  return (
    <div className="shrink-0 border-t border-line bg-bg1">
      <p className="mx-auto flex max-w-[832px] flex-wrap items-center justify-between gap-2 px-4 py-3 text-fg1">
        This agent is archived. Its transcript is kept.
        <Button icon="undo" disabled={restore.isPending} onClick={() => restore.mutate({ agentId: agent.id })}>
          {restore.isPending ? 'Restoring' : 'Restore'}
        </Button>
      </p>
    </div>
  )
}
