import type { AgentOverview, Overview, SettingView, WorkspaceNews, WorktreeOverview } from '~/api/generated'
import { groupOf, sinceOf } from '~/api/groups'
import { addressOfAgent, addressOfReview, addressOfTerminals } from '~/api/on-screen'
import { distanceOf, sizeOf } from '~/api/size'
import { inTerminal, type Row } from '~/features/palette/rows'
import { plural } from '~/lib/format'
import { lookOf, wordOf } from '~/lib/status'

type Names = { workspaces: ReadonlyMap<string, string>; worktrees: ReadonlyMap<string, string> }
type Go = (address: string) => void

const ranks = { needs: 0, working: 1, finished: 2, quiet: 3 } as const

function rowOfAgent(agent: AgentOverview, names: Names, go: Go): Row {
  const hint = [names.workspaces.get(agent.workspaceId), names.worktrees.get(agent.worktreeId)].filter(Boolean).join(' / ')
  return {
    id: agent.id,
    label: agent.name,
    hint,
    glyph: { look: lookOf(agent.statusReason), word: wordOf(agent.statusReason) },
    command: inTerminal('logs', agent.id),
    run: () => go(addressOfAgent(agent)),
  }
}

/** "↑3 ↓1, 5 files": how far it is from its base, and what it changes. */
function stateOf(worktree: WorktreeOverview): string {
  const { files } = sizeOf(worktree)
  return [distanceOf(worktree), files > 0 && plural(files, 'file')].filter(Boolean).join(', ')
}

function rowOfWorktree(worktree: WorktreeOverview, names: Names, go: Go): Row {
  const { workspaceId, branch, name } = worktree
  return {
    id: worktree.id,
    label: branch,
    hint: [names.workspaces.get(workspaceId), stateOf(worktree)].filter(Boolean).join(', '),
    words: name,
    glyph: { icon: 'branch' },
    command: inTerminal('worktree', 'show', workspaceId, worktree.id),
    run: () => go(addressOfReview(worktree)),
  }
}

function rowOfTerminals(worktree: WorktreeOverview, names: Names, go: Go): Row {
  return {
    id: `terminals-${worktree.id}`,
    label: `Terminals of ${worktree.branch}`,
    hint: names.workspaces.get(worktree.workspaceId),
    words: worktree.name,
    glyph: { icon: 'terminal' },
    run: () => go(addressOfTerminals(worktree)),
  }
}

function rowOfWorkspace({ workspaceId, name, path }: WorkspaceNews, go: Go): Row {
  return {
    id: workspaceId,
    label: name,
    hint: path,
    glyph: { icon: 'folder' },
    command: inTerminal('workspace', 'show', workspaceId),
    run: () => go(`/w/${workspaceId}`),
  }
}

/** Agents, those that need a person first; then worktrees, workspaces and terminals. */
export function rowsOfThings({ agents, worktrees, workspaces }: Overview, go: Go): readonly Row[] {
  const names: Names = {
    workspaces: new Map(workspaces.map(({ workspaceId, name }) => [workspaceId, name])),
    worktrees: new Map(worktrees.map(({ id, name }) => [id, name])),
  }
  const byNeed = agents.toSorted((a, b) => ranks[groupOf(a)] - ranks[groupOf(b)] || sinceOf(b).localeCompare(sinceOf(a)))
  return [
    ...byNeed.map((agent) => rowOfAgent(agent, names, go)),
    ...worktrees.map((worktree) => rowOfWorktree(worktree, names, go)),
    ...workspaces.map((workspace) => rowOfWorkspace(workspace, go)),
    ...worktrees.filter(({ missing }) => missing === undefined).map((worktree) => rowOfTerminals(worktree, names, go)),
  ]
}

/** Settings by their name and sentence: each leads to its row. */
export function rowsOfSettings(settings: readonly SettingView[], go: Go): readonly Row[] {
  return settings.map(({ name, label, doc }) => ({
    id: `setting-${name}`,
    label,
    hint: doc,
    words: name,
    glyph: { icon: 'gear' },
    run: () => go(`/settings/general?find=${encodeURIComponent(label)}`),
  }))
}
