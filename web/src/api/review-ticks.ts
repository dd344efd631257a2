import { listAt, textAt } from '~/lib/json'

export type Tick = { path: string; digest: string }
/** What is stored of one worktree's review. */
export type Review = { ticks: readonly Tick[] }

/** The ticks of a worktree are stored under this and its id. */
export const reviewPrefix = 'review/'

/** The store takes 64 KiB for one key, and a tick has a path of any length. */
const mostBytes = 60 * 1024

export function parseReview(value: unknown): Review {
  const ticks = listAt(value, 'ticks').flatMap((tick) => {
    const [path, digest] = [textAt(tick, 'path'), textAt(tick, 'digest')]
    return path !== undefined && digest !== undefined ? [{ path, digest }] : []
  })
  return { ticks }
}

/** The newest ones that fit. */
export function fitting(ticks: readonly Tick[]): readonly Tick[] {
  let bytes = 0
  const first = ticks.findLastIndex((tick) => {
    bytes += new TextEncoder().encode(JSON.stringify(tick)).length + 1
    return bytes > mostBytes
  })
  return ticks.slice(Math.max(first + 1, ticks.length - 2000))
}

/** What was ticked on either of two devices; of a file that both have ticked, what was read here. */
export function bothReviews(ours: unknown, theirs: unknown): Review {
  const mine = parseReview(ours).ticks
  const paths = new Set(mine.map(({ path }) => path))
  return { ticks: fitting([...parseReview(theirs).ticks.filter(({ path }) => !paths.has(path)), ...mine]) }
}
