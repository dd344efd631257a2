import { groupOf, isReady, sinceOf } from '~/api/groups'
import type { AgentOverview, Overview, WorkspaceNews, WorktreeOverview } from '~/api/generated'

export type Sort = 'needs' | 'free' | 'status' | 'name'

export type WorktreeLine = { kind: 'worktree'; id: string; worktree: WorktreeOverview; agents: readonly AgentOverview[] }
export type BoardLine =
  | { kind: 'workspace'; id: string; workspace: WorkspaceNews; worktrees: number; isFolded: boolean }
  | WorktreeLine
  | { kind: 'ready'; id: string; worktrees: readonly WorktreeOverview[]; isFolded: boolean }

const urgency = { needs: 0, working: 1, finished: 2, quiet: 3 } as const
/** Source 001's order: running, waiting, error, then what has finished. */
const bySource = { running: 0, waiting: 1, error: 2, finished: 3 } as const

const order: Record<Sort, (a: AgentOverview, b: AgentOverview) => number> = {
  needs: (a, b) => urgency[groupOf(a)] - urgency[groupOf(b)] || (groupOf(a) === 'needs' ? sinceOf(a).localeCompare(sinceOf(b)) : a.displayOrder - b.displayOrder),
  free: (a, b) => a.displayOrder - b.displayOrder,
  status: (a, b) => bySource[a.status] - bySource[b.status] || a.displayOrder - b.displayOrder,
  name: (a, b) => a.name.localeCompare(b.name),
}

function hasWord(words: readonly (string | undefined)[], filter: string): boolean {
  return words.some((word) => word?.toLowerCase().includes(filter))
}

/** A worktree whose name or workspace matches shows all its agents, else only those that match. */
function matching(line: WorktreeLine, workspace: WorkspaceNews, filter: string): WorktreeLine | undefined {
  if (filter === '' || hasWord([workspace.name, line.worktree.name, line.worktree.branch], filter)) return line
  const agents = line.agents.filter(({ name, lastLine, model }) => hasWord([name, lastLine, model], filter))
  return agents.length > 0 ? { ...line, agents } : undefined
}

function worktreeLines(all: Overview, workspace: WorkspaceNews, sort: Sort, filter: string): WorktreeLine[] {
  const lines = all.worktrees
    .filter(({ workspaceId }) => workspaceId === workspace.workspaceId)
    .map((worktree): WorktreeLine => {
      const agents = all.agents.filter(({ worktreeId }) => worktreeId === worktree.id).sort(order[sort])
      return { kind: 'worktree', id: worktree.id, worktree, agents }
    })
    .flatMap((line) => matching(line, workspace, filter) ?? [])
  if (sort === 'name') return lines.sort((a, b) => a.worktree.name.localeCompare(b.worktree.name))
  if (sort !== 'needs') return lines.sort((a, b) => a.worktree.displayOrder - b.worktree.displayOrder)
  const least = ({ agents }: WorktreeLine) => Math.min(4, ...agents.map((agent) => urgency[groupOf(agent)]))
  return lines.sort((a, b) => least(a) - least(b) || a.worktree.displayOrder - b.worktree.displayOrder)
}

type Options = {
  sort: Sort
  filter: string
  /** Only this workspace, without its heading. */
  workspaceId?: string | undefined
  isFolded: (id: string) => boolean
}

/** The lines of the board, from the top: a heading per workspace, a row per worktree, and what is ready to land as one line. */
export function boardLines(all: Overview, { sort, filter, workspaceId, isFolded }: Options): BoardLine[] {
  const wanted = filter.trim().toLowerCase()
  const groups = all.workspaces
    .filter((workspace) => workspaceId === undefined || workspace.workspaceId === workspaceId)
    .map((workspace) => ({ workspace, lines: worktreeLines(all, workspace, sort, wanted) }))
    .filter(({ lines }) => wanted === '' || lines.length > 0)
  if (sort === 'needs') groups.sort((a, b) => needOf(a.lines) - needOf(b.lines))
  return groups.flatMap(({ workspace, lines }) => {
    const { workspaceId: id } = workspace
    const head: BoardLine = { kind: 'workspace', id, workspace, worktrees: lines.length, isFolded: isFolded(id) }
    if (workspaceId === undefined && head.isFolded) return [head]
    const own = sort === 'needs' && wanted === '' ? withReadyFolded(all, id, lines, isFolded) : lines
    return workspaceId === undefined ? [head, ...own] : own
  })
}

function needOf(lines: readonly WorktreeLine[]): number {
  return Math.min(4, ...lines.flatMap(({ agents }) => agents.map((agent) => urgency[groupOf(agent)])))
}

/** Fewer than this stay as they are: a line of their own would save nothing. */
const leastFolded = 2

function withReadyFolded(all: Overview, workspaceId: string, lines: readonly WorktreeLine[], isFolded: (id: string) => boolean): BoardLine[] {
  const ready = lines.filter(({ worktree }) => isReady(worktree, all.agents))
  if (ready.length < leastFolded) return [...lines]
  const id = `ready.${workspaceId}`
  const fold: BoardLine = { kind: 'ready', id, worktrees: ready.map(({ worktree }) => worktree), isFolded: !isFolded(id) }
  const others = lines.filter((line) => !ready.includes(line))
  return fold.isFolded ? [...others, fold] : [...others, fold, ...ready]
}

/** "14 worktrees in 6 of 50 workspaces". */
export function boardCount(lines: readonly BoardLine[], all: Overview): string {
  const shown = new Set(lines.flatMap((line) => (line.kind === 'worktree' ? [line.worktree.workspaceId] : [])))
  const worktrees = lines.reduce((n, line) => n + (line.kind === 'worktree' ? 1 : line.kind === 'ready' && line.isFolded ? line.worktrees.length : 0), 0)
  const of = shown.size < all.workspaces.length ? `${shown.size} of ${all.workspaces.length}` : String(all.workspaces.length)
  return `${worktrees} ${worktrees === 1 ? 'worktree' : 'worktrees'} in ${of} ${all.workspaces.length === 1 ? 'workspace' : 'workspaces'}`
}
