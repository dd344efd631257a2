import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Overview, PastLanding } from '~/api/generated'
import { landingsQuery } from '~/features/landing/queries'
import type { Landed as Undoable } from '~/features/landing/progress'
import { undoLanding, useLandQueue, useUndone } from '~/features/landing/runner'
import { useTimedText } from '~/lib/clock'
import { formatWhen } from '~/lib/dates'
import { formatFull } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { Section } from '~/ui/Section'
import { StatusGlyph } from '~/ui/Status'

/** What landed while this page was open and can be undone, the newest last. */
export function useLandings(workspaceId: string): readonly Undoable[] {
  const undone = useUndone()
  return [...useLandQueue(workspaceId).progress.values()].flatMap((one) => (one.state === 'landed' && !undone.has(one.landing.id) ? [one.landing] : []))
}

/** Not while it is being undone. */
export function UndoLanding({ landing, children, ...look }: { landing: Pick<Undoable, 'id' | 'workspaceId' | 'worktreeId'>; isSmall?: boolean; look?: 'quiet'; children: string }) {
  const isUndone = useUndone().has(landing.id)
  return (
    <Button {...look} disabled={isUndone} onClick={() => void undoLanding(landing)}>
      {children}
    </Button>
  )
}

type LandedProps = {
  workspaceId: string
  all: Overview
  /** Which of them belong here. */
  has: (landing: PastLanding) => boolean
}

/** What has landed, the newest first; undone ones too. The last one of a worktree can be undone as long as base has not moved. */
export function Landed({ workspaceId, all, has }: LandedProps) {
  const { data, error, refetch } = useQuery(landingsQuery(workspaceId))
  if (error && !data) return <ErrorNote title="What has landed could not be read" error={error} onRetry={() => void refetch()} />
  const landings = data?.landings.filter(has) ?? []
  if (landings.length === 0) return null
  return (
    <div className="mt-5">
      <Section title="Landed" count={data?.hasMore ? `the newest ${landings.length}` : landings.length}>
        <ul>
          {landings.map((landing) => (
            <PastRow key={landing.id} landing={landing} all={all}>
              {landing.canUndo && (
                <UndoLanding isSmall look="quiet" landing={landing}>
                  Undo
                </UndoLanding>
              )}
            </PastRow>
          ))}
        </ul>
      </Section>
    </div>
  )
}

function PastRow({ landing, all, children }: { landing: PastLanding; all: Overview; children: ReactNode }) {
  const { worktreeId, branch, toId, landedAt, undoneAt, baseRef } = landing
  const name = branch ?? all.worktrees.find(({ id }) => id === worktreeId)?.branch ?? worktreeId
  const agent = all.agents.find((one) => one.worktreeId === worktreeId)
  const at = undoneAt ?? landedAt ?? ''
  const when = useTimedText((now) => formatWhen(at, now))
  return (
    <li className="grid min-h-8 grid-cols-[28px_minmax(0,1fr)_auto] items-center gap-x-3">
      <StatusGlyph look={undoneAt === undefined ? 'finished' : 'stopped'} word={undoneAt === undefined ? 'Landed' : 'Undone'} />
      <span className="flex min-w-0 flex-wrap items-baseline gap-x-3">
        <span className="max-w-full truncate font-mono text-sm">{visibleName(name)}</span>
        {agent && <span className="max-w-full truncate text-fg2">{visibleName(agent.name)}</span>}
        <span className="text-sm text-fg2" title={formatFull(at)}>
          {`landed as ${toId.slice(0, 7)} on ${visibleName(baseRef.replace(/^refs\/heads\//, ''))}`}
          {undoneAt !== undefined && ', undone'}
          {when !== '' && `${undoneAt === undefined ? ',' : ''} ${when}`}
        </span>
      </span>
      {children}
    </li>
  )
}
