import type { Script, ScriptRun, ScriptRuns, Scripts, Terminal, TerminalPage } from '~/api/generated'
import { liveQuery, readQuery, type Fold } from '~/api/live'
import type { StreamEvent } from '~/api/wire'
import { isObject } from '~/lib/json'

/** As many rows as a list keeps: what is older is of no use beside a worktree. */
const mostRows = 50

/** What workspace_updated carries for a change is the row's own encoding. */
function rowOf<T extends { id?: string }>(event: StreamEvent, change: string, isRow: (data: unknown) => data is T): T | undefined {
  if (event.type !== 'workspace_updated' || event.payload.change !== change) return undefined
  return isRow(event.payload.data) ? event.payload.data : undefined
}

const hasText = (data: unknown, ...keys: string[]): data is Record<string, unknown> => isObject(data) && keys.every((key) => typeof data[key] === 'string')
const isTerminal = (data: unknown): data is Terminal => hasText(data, 'id', 'worktreeId', 'state', 'createdAt')
const isScript = (data: unknown): data is Script => hasText(data, 'id', 'kind', 'name', 'command')
const isRun = (data: unknown): data is ScriptRun => hasText(data, 'id', 'scriptId', 'worktreeId', 'state')

/** In its place, or as the newest. */
function withRow<T extends { id?: string }>(rows: readonly T[], row: T): T[] {
  const at = rows.findIndex(({ id }) => id === row.id)
  return at < 0 ? [row, ...rows].slice(0, mostRows) : rows.with(at, row)
}

export const foldTerminals =
  (worktreeId: string): Fold<TerminalPage> =>
  (page, event) => {
    const row = rowOf(event, 'terminal', isTerminal)
    return row?.worktreeId === worktreeId ? { ...page, terminals: withRow(page.terminals, row) } : page
  }

/** The terminals of a worktree, newest first, also those that ended. */
export const terminalsQuery = (workspaceId: string, worktreeId: string) =>
  liveQuery('list_terminals', { worktreeId, includeEnded: true, limit: mostRows }, [`workspace/${workspaceId}`], foldTerminals(worktreeId))

/** A screen of the past never changes. */
export const screenQuery = (launchId: string, at: string) => ({ ...readQuery('get_terminal_screen', { launchId, at }), staleTime: Infinity, retry: false })

export const foldScripts: Fold<Scripts> = (body, event) => {
  const removed = rowOf(event, 'script_removed', isScript)
  if (removed) return { scripts: body.scripts.filter(({ id }) => id !== removed.id) }
  const row = rowOf(event, 'script_updated', isScript)
  if (row) return { scripts: withRow(body.scripts, row) }
  const added = rowOf(event, 'script_added', isScript)
  return added ? { scripts: [...body.scripts.filter(({ id }) => id !== added.id), added] } : body
}

export const scriptsQuery = (workspaceId: string) => liveQuery('list_scripts', { workspaceId }, [`workspace/${workspaceId}`], foldScripts)

export const foldRuns =
  (worktreeId: string): Fold<ScriptRuns> =>
  (body, event) => {
    const row = rowOf(event, 'script_run', isRun)
    return row?.worktreeId === worktreeId ? { ...body, runs: withRow(body.runs, row) } : body
  }

/** The runs of a worktree's scripts, newest first. */
export const scriptRunsQuery = (workspaceId: string, worktreeId: string) =>
  liveQuery('list_script_runs', { workspaceId, worktreeId, limit: mostRows }, [`workspace/${workspaceId}`], foldRuns(worktreeId))

/** What the repository proposes changes with its file, which has no events. */
export const proposalQuery = (workspaceId: string) => ({ ...readQuery('get_proposed_scripts', { workspaceId }), staleTime: 0, retry: false })
