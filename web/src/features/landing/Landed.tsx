import type { Landing, Overview } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { forget, useProgress } from '~/features/landing/runner'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Section } from '~/ui/Section'
import { StatusGlyph } from '~/ui/Status'
import { toast } from '~/ui/toasts'

type Ids = { workspaceId: string; worktreeId: string }

export function useUndoLanding() {
  const { mutate, isPending } = useAct('undo_merge', ({ note }, { worktreeId }) => (forget(worktreeId), toast(note ?? 'Undone: base is where it was')), 'toasted')
  return { undo: ({ workspaceId, worktreeId }: Ids) => mutate({ workspaceId, worktreeId }), isPending }
}

/** What landed from this page, the newest last. */
export function useLandings(workspaceId: string): readonly Landing[] {
  return [...useProgress().values()].flatMap((one) => (one.state === 'landed' && one.landing.workspaceId === workspaceId ? [one.landing] : []))
}

/** Landings whose worktrees have nothing more to land, each with its undo. */
export function Landed({ landings, all }: { landings: readonly Landing[]; all: Overview }) {
  const { undo, isPending } = useUndoLanding()
  if (landings.length === 0) return null
  return (
    <div className="mt-5">
      <Section title="Landed" count={landings.length}>
        <ul>
          {landings.map((landing) => (
            <li key={landing.id} className="grid min-h-8 grid-cols-[28px_minmax(0,1fr)_auto] items-center gap-x-3">
              <StatusGlyph look="finished" word="Landed" />
              <span className="flex min-w-0 items-baseline gap-3">
                <span className="truncate font-mono text-sm">{visibleName(all.worktrees.find(({ id }) => id === landing.worktreeId)?.branch ?? landing.worktreeId)}</span>
                <span className="shrink-0 text-sm text-fg2">{`landed as ${landing.toId.slice(0, 7)}`}</span>
              </span>
              <Button isSmall look="quiet" disabled={isPending} onClick={() => undo(landing)}>
                Undo
              </Button>
            </li>
          ))}
        </ul>
      </Section>
    </div>
  )
}
