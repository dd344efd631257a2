import { createContext, use } from 'react'
import type { Turn } from '~/api/generated'
import type { Item } from '~/features/transcript/items'

/** What a turn's strip offers; an act that is left out is not shown. */
export type TurnActions = {
  onDiff?: (turn: Turn) => void
  onRestore?: (turn: Turn) => void
  onFork?: (turn: Turn) => void
}

/** What rows need beside themselves. It changes rarely, so that rows are not drawn again. */
export type RowContext = {
  agentId: string
  workspaceId: string
  worktreeId: string
  isDemo: boolean
  actions: TurnActions
  /** The item as it is now; a row of a long message may be older. */
  itemAt: (key: string) => Item | undefined
  /** Everything of a turn as Markdown. */
  turnText: (turn: Turn) => string
  /** The address of this moment. */
  linkTo: (item: Item) => string
  onToggle: (key: string) => void
  /** Sends the failed prompt again. */
  onRetry: (() => void) | undefined
}

export const Rows = createContext<RowContext | undefined>(undefined)

export function useRows(): RowContext {
  const rows = use(Rows)
  if (!rows) throw new Error('This row stands outside of a transcript.')
  return rows
}
