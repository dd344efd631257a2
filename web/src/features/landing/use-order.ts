import { useState } from 'react'
import type { LandingPlanRow } from '~/api/generated'
import { useUiState } from '~/api/ui-state'
import { moved, ordered } from '~/features/landing/order'
import { visibleName } from '~/lib/visible'
import { toastUndo } from '~/ui/toasts'

const mostIds = 500

function parseIds(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value.filter((id): id is string => typeof id === 'string').slice(0, mostIds) : undefined
}

/** The queue in the order that the person gave it, else in the proposed one. `said`: what moved where, for those who do not see it. */
export function useOrder(workspaceId: string, planned: readonly LandingPlanRow[]) {
  const [own, setOwn] = useUiState(`landing.order.${workspaceId}`, parseIds)
  const [said, setSaid] = useState('')
  const rows = ordered(planned, own)
  function change(next: readonly string[] | undefined, words: string) {
    setOwn(next)
    setSaid(words)
    toastUndo(words, () => {
      setOwn(own)
      setSaid('The order is as it was')
    })
  }
  return {
    rows,
    isOwn: own !== undefined,
    said,
    move(worktreeId: string, to: number) {
      const from = rows.findIndex((row) => row.worktreeId === worktreeId)
      const row = rows[from]
      if (!row || from === to || to < 0 || to >= rows.length) return
      change(moved(rows.map((one) => one.worktreeId), from, to), `Moved ${visibleName(row.branch)} to place ${to + 1} of ${rows.length}`)
    },
    reset: () => change(undefined, 'Back to the proposed order'),
  }
}

export type OwnOrder = ReturnType<typeof useOrder>
