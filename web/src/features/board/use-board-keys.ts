import type { AgentOverview } from '~/api/generated'
import type { BoardLine } from '~/features/board/model'
import { useReorder } from '~/features/board/use-reorder'
import { useKeys } from '~/lib/keys'

type Cell = { line: number; agent: AgentOverview }

function cellsOf(lines: readonly BoardLine[]): Cell[] {
  return lines.flatMap((line, at) => (line.kind === 'worktree' ? line.agents.map((agent) => ({ line: at, agent })) : []))
}

type BoardKeys = {
  lines: readonly BoardLine[]
  chosenId: string | undefined
  choose: (agent: AgentOverview, line: number) => void
  open: (agent: AgentOverview) => void
  toggle: (agent: AgentOverview) => void
  extend: (agents: readonly AgentOverview[]) => void
  extendTo: (agent: AgentOverview) => void
  startIn: (agent: AgentOverview) => void
  review: (agent: AgentOverview) => void
}

/** Moves over the cells: left and right within a row, up and down between rows, at the same place where there is one. */
export function useBoardKeys({ lines, chosenId, choose, open, toggle, extend, extendTo, startIn, review }: BoardKeys) {
  const cells = cellsOf(lines)
  const at = cells.findIndex(({ agent }) => agent.id === chosenId)
  const chosen = cells[at]

  function step(by: number) {
    const next = cells[Math.max(0, Math.min(cells.length - 1, at < 0 ? 0 : at + by))]
    if (next) choose(next.agent, next.line)
  }
  /** In the row above or below. */
  function beside(by: 1 | -1): Cell | undefined {
    if (!chosen) return undefined
    const place = cells.filter(({ line }) => line === chosen.line).indexOf(chosen)
    const rows = [...new Set(cells.map(({ line }) => line))]
    const row = rows[rows.indexOf(chosen.line) + by]
    const inRow = cells.filter(({ line }) => line === row)
    return inRow[Math.min(place, inRow.length - 1)]
  }
  function jump(by: 1 | -1) {
    if (!chosen) return step(0)
    const next = beside(by)
    if (next) choose(next.agent, next.line)
  }
  function extendOver(next: Cell | undefined) {
    if (!chosen || !next) return
    extend([chosen.agent, next.agent])
    choose(next.agent, next.line)
  }
  const on = (run: (agent: AgentOverview) => void) => () => chosen && run(chosen.agent)
  useKeys('list', [
    { keys: 'h', label: 'left', canRepeat: true, run: () => step(-1) },
    { keys: 'j', label: 'down', canRepeat: true, run: () => jump(1) },
    { keys: 'k', label: 'up', canRepeat: true, run: () => jump(-1) },
    { keys: 'l', label: 'right', canRepeat: true, run: () => step(1) },
    { keys: 'ArrowLeft', label: 'left', isQuiet: true, canRepeat: true, run: () => step(-1) },
    { keys: 'ArrowDown', label: 'down', isQuiet: true, canRepeat: true, run: () => jump(1) },
    { keys: 'ArrowUp', label: 'up', isQuiet: true, canRepeat: true, run: () => jump(-1) },
    { keys: 'ArrowRight', label: 'right', isQuiet: true, canRepeat: true, run: () => step(1) },
    { keys: 'x', label: 'select', run: on(toggle) },
    { keys: 'Shift+X', label: 'select to here', isQuiet: true, run: on(extendTo) },
    { keys: 'Shift+ArrowRight', label: 'select on', isQuiet: true, run: () => extendOver(cells[at + 1]) },
    { keys: 'Shift+ArrowLeft', label: 'select back', isQuiet: true, run: () => extendOver(cells[at - 1]) },
    { keys: 'Shift+ArrowDown', label: 'select down', isQuiet: true, run: () => extendOver(beside(1)) },
    { keys: 'Shift+ArrowUp', label: 'select up', isQuiet: true, run: () => extendOver(beside(-1)) },
    { keys: 'Shift+N', label: 'agent here', run: on(startIn) },
    { keys: 'm', label: 'merge', run: on(review) },
    { keys: 'o', label: 'open', isQuiet: true, run: on(open) },
  ])
}

/** Moves the chosen agent within its row, and its row among those of the workspace, where the order is a person's own. */
export function useMoveKeys(lines: readonly BoardLine[], chosenId: string | undefined, isFree: boolean) {
  const { moveAgent, moveWorktree } = useReorder()
  const rows = lines.flatMap((line) => (line.kind === 'worktree' ? [line] : []))
  const row = rows.find(({ agents }) => agents.some(({ id }) => id === chosenId))
  const agent = row?.agents.find(({ id }) => id === chosenId)
  function aside(by: 1 | -1) {
    if (row && agent) moveAgent(row.agents, agent, row.agents.indexOf(agent) + by)
  }
  function along(by: 1 | -1) {
    if (!row) return
    const among = rows.flatMap(({ worktree }) => (worktree.workspaceId === row.worktree.workspaceId ? [worktree] : []))
    moveWorktree(among, row.worktree, among.indexOf(row.worktree) + by)
  }
  useKeys(
    'list',
    [
      { keys: 'Alt+ArrowLeft', label: 'move left', isQuiet: true, run: () => aside(-1) },
      { keys: 'Alt+ArrowRight', label: 'move right', isQuiet: true, run: () => aside(1) },
      { keys: 'Alt+ArrowUp', label: 'move up', isQuiet: true, run: () => along(-1) },
      { keys: 'Alt+ArrowDown', label: 'move down', isQuiet: true, run: () => along(1) },
    ],
    { isOn: isFree && agent !== undefined },
  )
}
