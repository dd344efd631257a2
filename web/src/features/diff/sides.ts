import type { Checkpoint } from '~/api/generated'

/** What is compared: the words of get_worktree_diff. */
export type Sides = { from: string; to?: string }

/**
 * As the address carries it: `base`, `head`, `unstaged`, `staged`, one side (a checkpoint, a turn's start, a tree) that is compared
 * with the files as they are now, or two sides joined by `..`.
 */
export type Against = string

const named: Readonly<Record<string, Sides>> = {
  base: { from: 'base' },
  head: { from: 'head' },
  unstaged: { from: 'index' },
  staged: { from: 'head', to: 'index' },
}

export function sidesOf(against: Against): Sides {
  const known = named[against]
  if (known) return known
  const cut = against.indexOf('..')
  if (cut < 0) return { from: against }
  return { from: against.slice(0, cut), to: against.slice(cut + 2) }
}

/** Whether the side after is the files as they are now: only those change, take comments and can be edited. */
export function isOfWorktree({ to }: Sides): boolean {
  return to === undefined || to === 'worktree'
}

/** Two trees stay what they are; the index changes as the files do. */
export function canChange({ from, to }: Sides): boolean {
  return isOfWorktree({ from, ...(to !== undefined && { to }) }) || to === 'index'
}

const turnSide = /^(?<agent>ag_[0-9a-z]+):(?<turn>\d+):(?<end>start|end)$/

/** "checkpoint 7", "start of turn 3": a side in the words of the page. Turns are counted from 1. */
function wordsOf(side: string, checkpoints: readonly Checkpoint[]): string {
  const turn = turnSide.exec(side)?.groups
  if (turn) return `${turn['end'] ?? ''} of turn ${Number(turn['turn']) + 1}`
  const checkpoint = checkpoints.find(({ id }) => id === side)
  if (checkpoint) return checkpointWords(checkpoint)
  if (side.startsWith('ckp_')) return 'a checkpoint'
  if (/^[0-9a-f]{40,64}$/.test(side)) return `commit ${side.slice(0, 7)}`
  return side.startsWith('refs/heads/') ? side.slice('refs/heads/'.length) : side.slice(0, 12)
}

const places = { turn_start: 'start of turn', turn_end: 'end of turn', before_tool: 'turn', after_tool: 'turn' } as const

export function checkpointWords({ kind, turn, tool }: Checkpoint): string {
  const place = `${places[kind]} ${turn + 1}`
  if (kind === 'before_tool') return `${place}, before ${tool ?? 'a tool'}`
  if (kind === 'after_tool') return `${place}, after ${tool ?? 'a tool'}`
  return place
}

/** What the picker shows: "against main". */
export function againstWords(against: Against, base: string | undefined, checkpoints: readonly Checkpoint[]): string {
  if (against === 'base') return `against ${base ?? 'base'}`
  if (against === 'head') return 'against HEAD'
  if (against === 'unstaged') return 'not staged'
  if (against === 'staged') return 'staged'
  const { from, to } = sidesOf(against)
  return to === undefined ? `since ${wordsOf(from, checkpoints)}` : `${wordsOf(from, checkpoints)} to ${wordsOf(to, checkpoints)}`
}

/** The same where both sides are equal, as a sentence. */
export function equalWords(against: Against, checkpoints: readonly Checkpoint[]): string {
  const { from, to } = sidesOf(against)
  const place = (side: string) => wordsOf(side, checkpoints).replace(/^(?=start |end )/, 'the ')
  return to === undefined ? `Nothing has changed since ${place(from)}.` : `Nothing changed between ${place(from)} and ${place(to)}.`
}
