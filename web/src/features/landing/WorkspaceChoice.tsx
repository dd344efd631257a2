import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Overview, WorkspaceNews } from '~/api/generated'
import { isReady, isToReview } from '~/api/groups'
import { landableQuery, planQuery } from '~/features/landing/queries'
import { visibleName } from '~/lib/visible'
import { Menu } from '~/ui/Menu'
import { Segments } from '~/ui/Tabs'

/** More would not fit beside each other. */
const mostTabs = 8

/** Workspaces with a worktree that could land. */
export function choicesOf({ workspaces, worktrees }: Overview): readonly WorkspaceNews[] {
  return workspaces.filter(({ workspaceId }) => worktrees.some((worktree) => worktree.workspaceId === workspaceId && !worktree.isMain))
}

function bestOf(all: Overview, counts: ReadonlyMap<string, number>): string | undefined {
  const choices = choicesOf(all)
  const landable = choices.find(({ workspaceId }) => (counts.get(workspaceId) ?? 0) > 0)
  const ready = all.worktrees.find((worktree) => isReady(worktree, all.agents)) ?? all.worktrees.find((worktree) => isToReview(worktree, all.agents))
  return landable?.workspaceId ?? ready?.workspaceId ?? choices[0]?.workspaceId
}

export type Counts = ReadonlyMap<string, number> | undefined

/** How many worktrees of each workspace have something to land. */
export function useCounts(): { counts: Counts; isRead: boolean } {
  const { data, error } = useQuery(landableQuery())
  return { counts: data && new Map(data.workspaces.map(({ workspaceId, worktrees }) => [workspaceId, worktrees])), isRead: data !== undefined || error !== null }
}

/** The one of the address, else the first that had something to land when the page was opened: it stays when that has landed. */
export function useShownId(named: string | undefined, all: Overview | undefined, { counts, isRead }: ReturnType<typeof useCounts>): string | undefined {
  const [opened, setOpened] = useState<string>()
  const best = opened === undefined && named === undefined && all && isRead ? bestOf(all, counts ?? new Map()) : undefined
  if (best !== undefined) setOpened(best)
  return named ?? opened ?? best
}

type WorkspaceChoiceProps = { all: Overview; shownId: string; counts: Counts; onWorkspace: (workspaceId: string) => void }

/** Which workspace's queue is shown; each with how many have something to land. */
export function WorkspaceChoice({ all, shownId, counts, onWorkspace }: WorkspaceChoiceProps) {
  const plan = useQuery(planQuery(shownId)).data
  const choices = choicesOf(all)
  if (choices.length < 2) return null
  const countOf = (id: string) => (id === shownId && plan ? plan.worktrees.length : (counts?.get(id) ?? (counts && 0)))
  const current = visibleName(choices.find(({ workspaceId }) => workspaceId === shownId)?.name ?? '')
  const items = choices.map(({ workspaceId, name }) => {
    const count = countOf(workspaceId)
    return { label: visibleName(name), isOn: workspaceId === shownId, ...(count && { hint: `${count} to land` }), run: () => onWorkspace(workspaceId) }
  })
  return (
    <div className="mb-3">
      {choices.length > mostTabs ? (
        <Menu look="plain" label={`Workspace: ${current}`} text={current} items={items} />
      ) : (
        <Segments label="Workspace" tabs={choices.map(({ workspaceId, name }) => ({ id: workspaceId, label: visibleName(name), count: countOf(workspaceId) || undefined }))} current={shownId} onChange={onWorkspace} />
      )}
    </div>
  )
}
