import type { Agent, Checkpoint, OwnedSalvage, Overview, TrashEntry, WorktreeOverview } from '~/api/generated'
import { addDays, formatDay, formatWhen } from '~/lib/dates'
import { plural } from '~/lib/format'
import type { RecoveryKind } from '~/lib/recovery-kinds'
import type { IconName } from '~/ui/Icon'

export type Kind = RecoveryKind

type Row = {
  id: string
  icon: IconName
  /** "Discard in", then the name as it could be pasted. */
  title: string
  name: string | undefined
  note: string
  files: number | undefined
  bytes: number | undefined
  at: string
  until: string
}
export type TrashRow = Row & { kind: 'trash'; of: TrashEntry }
export type SalvageRow = Row & { kind: 'salvages'; of: OwnedSalvage; workspaceId: string }
/** `same`: the moments at which the worktree had these files, the oldest first. */
export type CheckpointRow = Row & { kind: 'checkpoints'; of: Checkpoint; same: readonly Checkpoint[] }
export type AgentRow = Row & { kind: 'agents'; of: Agent }
export type LockRow = Row & { kind: 'locks'; of: WorktreeOverview; path: string }
export type AnyRow = TrashRow | SalvageRow | CheckpointRow | AgentRow | LockRow

/** What rows say about things that are not theirs. */
export type Names = { workspaces: ReadonlyMap<string, string>; worktrees: ReadonlyMap<string, WorktreeOverview>; agents: ReadonlyMap<string, string> }

export function namesOf({ workspaces, worktrees, agents }: Overview): Names {
  return {
    workspaces: new Map(workspaces.map(({ workspaceId, name }) => [workspaceId, name])),
    worktrees: new Map(worktrees.map((worktree) => [worktree.id, worktree])),
    agents: new Map(agents.map(({ id, name }) => [id, name])),
  }
}

/** Days after which something is deleted; 0 = never. */
export type Keep = { salvageDays: number; checkpointDays: number; agentDays: number }
type Place = { names: Names; now: number; keep: Keep }

const shortRef = (ref: string) => ref.replace(/^refs\/heads\//, '')
const workspaceOf = ({ names }: Place, id: string) => names.workspaces.get(id) ?? 'a closed workspace'

export function trashRow(entry: TrashEntry, place: Place): TrashRow {
  const branch = entry.branch === undefined ? 'no branch' : `branch ${shortRef(entry.branch)}`
  return {
    kind: 'trash',
    of: entry,
    id: entry.id,
    icon: 'trash',
    title: 'Worktree',
    name: entry.name,
    note: `${workspaceOf(place, entry.workspaceId)}, removed ${formatWhen(entry.removedAt, place.now)}, ${entry.isGone ? 'its folder is gone' : branch}`,
    files: undefined,
    bytes: entry.bytes,
    at: entry.removedAt,
    until: entry.deadlineAt === undefined ? 'until emptied' : `asks ${formatDay(entry.deadlineAt)}`,
  }
}

/** What was done, as the heading of what it replaced. */
const acts: Readonly<Record<string, string>> = {
  discard_changes: 'Discard in',
  checkout_branch: 'Checkout in',
  delete_worktree: 'Removal of',
  empty_trash: 'Emptied trash of',
  remove_lock: 'Lock removed in',
  restore_salvage: 'Restore in',
  restore_checkpoint: 'Restore of a checkpoint in',
  write_file: 'File written in',
  fork_agent: 'Fork from',
  merge_base: 'Merge in',
  rebase_worktree: 'Rebase in',
  pull_branch: 'Pull in',
  continue_merge: 'Merge continued in',
  abort_merge: 'Merge aborted in',
  squash_worktree: 'Squash of',
  land_worktree: 'Landing on',
  undo_merge: 'Landing undone on',
  stage_changes: 'Staging in',
  unstage_changes: 'Unstaging in',
  commit_changes: 'Commit in',
  undo_commit: 'Commit undone in',
}

export const actText = (act: string): string => acts[act] ?? `${act} in`

const landings = new Set(['land_worktree', 'undo_merge', 'merge_base', 'squash_worktree'])

function keptUntil(at: string, days: number, isNewest: boolean): string {
  if (isNewest) return 'the newest stays'
  return days === 0 ? 'you delete it' : formatDay(addDays(at, days))
}

/** How long what is listed stays: what goes by itself is said before it goes. */
export function keepText({ salvageDays, checkpointDays }: Keep): string {
  const salvages = salvageDays === 0 ? 'Salvages stay until you delete them' : `Salvages go after ${plural(salvageDays, 'day')}`
  const checkpoints = checkpointDays === 0 ? 'so do checkpoints, up to a limit per worktree' : `checkpoints go after ${plural(checkpointDays, 'day')}, or when a worktree has too many`
  return `${salvages}; ${checkpointDays === 0 && salvageDays !== 0 ? 'checkpoints stay, up to a limit per worktree' : checkpoints}. The settings say when.`
}

export function salvageRow(salvage: OwnedSalvage, workspaceId: string, isNewest: boolean, place: Place): SalvageRow {
  const state = salvage.state === 'none' ? '' : `, ${salvage.state} in progress`
  return {
    kind: 'salvages',
    of: salvage,
    workspaceId,
    id: salvage.id,
    icon: landings.has(salvage.act) ? 'land' : 'undo',
    title: actText(salvage.act),
    name: salvage.worktreeName ?? salvage.branch ?? 'a removed worktree',
    note: `${workspaceOf(place, workspaceId)}, set aside ${formatWhen(salvage.madeAt, place.now)}${state}${salvage.isGone ? ', its worktree is gone' : ''}`,
    files: undefined,
    bytes: undefined,
    at: salvage.madeAt,
    until: keptUntil(salvage.madeAt, place.keep.salvageDays, isNewest),
  }
}

/** "after Bash in turn 6". */
function momentText({ kind, tool, turn }: Checkpoint): string {
  const by = tool ?? 'a tool'
  const moments: Readonly<Record<string, string>> = { turn_start: 'before', before_tool: `at the ask of ${by} in`, after_tool: `after ${by} in`, turn_end: 'after' }
  return `${moments[kind] ?? 'in'} turn ${turn + 1}`
}

/** The better it is known, the earlier: the end of a turn says more than a call in it. */
const known: Readonly<Record<string, number>> = { turn_end: 0, turn_start: 1, after_tool: 2, before_tool: 3 }

/** Checkpoints of one worktree that follow each other and hold the same files are one thing to restore; the oldest of them first. */
export function sameFiles(checkpoints: readonly Checkpoint[]): Checkpoint[][] {
  const groups: Checkpoint[][] = []
  const last = new Map<string, Checkpoint[]>()
  for (const one of checkpoints.toSorted((a, b) => a.at.localeCompare(b.at))) {
    const group = last.get(one.worktreeId)
    if (group && one.tree !== undefined && group[0]?.tree === one.tree) group.push(one)
    else {
      const next = [one]
      groups.push(next)
      last.set(one.worktreeId, next)
    }
  }
  return groups
}

const rank = ({ kind }: Checkpoint) => known[kind] ?? 4

/** The one that is asked for, else the one that says most, the newest of those. */
export function spokesmanOf(same: readonly Checkpoint[], asked: string): Checkpoint | undefined {
  return same.find(({ id }) => id === asked) ?? same.toReversed().toSorted((a, b) => rank(a) - rank(b))[0]
}

export function checkpointRow(checkpoint: Checkpoint, same: readonly Checkpoint[], isNewest: boolean, place: Place): CheckpointRow {
  const agent = place.names.agents.get(checkpoint.agentId) ?? 'an archived agent'
  const worktree = place.names.worktrees.get(checkpoint.worktreeId)?.name
  const how = checkpoint.isLate ? 'late' : checkpoint.isExact ? 'exact' : 'seen'
  return {
    kind: 'checkpoints',
    of: checkpoint,
    same,
    id: checkpoint.id,
    icon: 'clock',
    title: `${agent}, ${momentText(checkpoint)}`,
    name: undefined,
    note: [workspaceOf(place, checkpoint.workspaceId), worktree, how, formatWhen(checkpoint.at, place.now), same.length > 1 && `the same files at ${plural(same.length - 1, 'more moment')}`].filter(Boolean).join(', '),
    files: same[0]?.filesChanged,
    bytes: undefined,
    at: checkpoint.at,
    until: keptUntil(checkpoint.at, place.keep.checkpointDays, isNewest),
  }
}

export function agentRow(agent: Agent, place: Place): AgentRow {
  const at = agent.deletedAt ?? agent.updatedAt
  const worktree = place.names.worktrees.get(agent.worktreeId)?.name
  return {
    kind: 'agents',
    of: agent,
    id: agent.id,
    icon: 'people',
    title: `Agent ${agent.name}`,
    name: undefined,
    note: `${workspaceOf(place, agent.workspaceId)}, archived ${formatWhen(at, place.now)}${worktree === undefined ? ', its worktree is gone' : `, from ${worktree}`}`,
    files: undefined,
    bytes: undefined,
    at,
    until: place.keep.agentDays === 0 ? 'you delete it' : formatDay(addDays(at, place.keep.agentDays)),
  }
}

const lockPath = /(\/[^\s:'"]+\.lock)\b/

/** A lock that git names as the reason why it cannot read or change a worktree. */
export function lockRow(worktree: WorktreeOverview, place: Place): LockRow | undefined {
  const path = lockPath.exec(worktree.error ?? '')?.[1]
  if (path === undefined) return undefined
  return {
    kind: 'locks',
    of: worktree,
    path,
    id: `lock-${worktree.id}`,
    icon: 'warn',
    title: 'Lock left in',
    name: worktree.name,
    note: `${workspaceOf(place, worktree.workspaceId)}, a git that was killed may have left it`,
    files: undefined,
    bytes: undefined,
    at: worktree.seenAt ?? '',
    until: '',
  }
}

/** The ids of those that are the newest of their worktree: these are kept whatever their age. */
export function newestOf(all: readonly { id: string; worktreeId: string; at: string }[]): ReadonlySet<string> {
  const newest = new Map<string, { id: string; at: string }>()
  for (const one of all) {
    const before = newest.get(one.worktreeId)
    if (!before || before.at < one.at) newest.set(one.worktreeId, one)
  }
  return new Set([...newest.values()].map(({ id }) => id))
}

type Rest = { salvages: number; cutWorktrees: number; unreadWorktrees: number; hasMoreAgents: boolean }

/** What of this kind is kept and is not in the list. */
export function restTexts(kind: Kind, { salvages, cutWorktrees, unreadWorktrees, hasMoreAgents }: Rest): string[] {
  const isOf = (one: Kind) => kind === 'all' || kind === one
  const where = kind === 'all' ? ': choose Checkpoints.' : '; each has them on the time line of its agents.'
  return [
    ...(isOf('salvages') && salvages > 0 ? [`${plural(salvages, 'older salvage')} not listed; \`muster salvage all\` lists every one.`] : []),
    ...(isOf('checkpoints') && unreadWorktrees > 0 ? [`The checkpoints of ${plural(unreadWorktrees, kind === 'all' ? 'worktree' : 'more worktree')} are not listed${where}`] : []),
    ...(isOf('checkpoints') && cutWorktrees > 0 ? [`Older checkpoints of ${plural(cutWorktrees, 'worktree')} are not listed.`] : []),
    ...(isOf('agents') && hasMoreAgents ? ['Older archived agents are not listed; `muster agent archived` lists every one.'] : []),
  ]
}

/** Locks first, because they stop work; then the newest first. */
export function shownRows(rows: readonly AnyRow[], kind: Kind, find: string): AnyRow[] {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean)
  return rows
    .filter((row) => kind === 'all' || row.kind === kind)
    .filter((row) => {
      const text = `${row.title} ${row.name ?? ''} ${row.note}`.toLowerCase()
      return words.every((word) => text.includes(word))
    })
    .toSorted((a, b) => Number(b.kind === 'locks') - Number(a.kind === 'locks') || b.at.localeCompare(a.at))
}

/** Of the changed files there, those that a restore would replace. */
export function replacedOf(changed: readonly string[], restored: readonly string[]): string[] {
  const there = new Set(changed)
  return restored.filter((path) => there.has(path))
}
