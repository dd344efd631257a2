import type { DiffFile } from '~/features/diff/model'
import type { Against } from '~/features/diff/sides'
import { listAt, textAt } from '~/lib/json'
import { digestOf } from '~/lib/digest'

export type Tick = { path: string; digest: string }
/** What is stored of one worktree's review. */
type Review = { ticks: readonly Tick[] }
export type Viewed = 'yes' | 'changed' | 'no'

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

/** A tick says what was compared as well: read against HEAD is not read against main. */
export function tickDigest(against: Against, digest: string): string {
  return `${digestOf(against)}.${digest}`
}

export function viewedOf(against: Against, file: DiffFile, tick: string | undefined): Viewed {
  if (tick === undefined || !tick.startsWith(`${digestOf(against)}.`)) return 'no'
  return file.digest === undefined || tick === tickDigest(against, file.digest) ? 'yes' : 'changed'
}
