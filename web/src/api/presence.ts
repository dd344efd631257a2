import { isObject } from '~/lib/json'
import { createStore } from '~/lib/store'

/** Under this key it is stored for the person; `person-marks` carries it there and back. */
export const presenceKey = 'page/presence'
/** Shorter absences are a walk for coffee. */
export const leastAwayMs = 10 * 60_000
/** The daemon counts from any time; further back nobody reads it. */
export const mostAwayMs = 7 * 86_400_000

/** When this person was last here on any device, since when they were away, and when they last marked an absence as seen. */
export type Presence = { hereAt: number; awayFrom?: number; seenAt?: number }

/** Undefined until the daemon was asked: this browser does not know about the others. */
export const presence = createStore<Presence | undefined>(undefined)

export function noteHere(before: Presence | undefined, now: number): Presence {
  if (!before) return { hereAt: now }
  const isBack = before.awayFrom === undefined && now - before.hereAt >= leastAwayMs
  const awayFrom = isBack ? before.hereAt : before.awayFrom
  return { ...before, hereAt: Math.max(before.hereAt, now), ...(awayFrom !== undefined && { awayFrom: Math.max(awayFrom, now - mostAwayMs) }) }
}

/** They have seen what happened: there is no absence until the next one. */
export const noteSeen = (now: number): Presence => ({ hereAt: now, seenAt: now })

const timeAt = (value: Record<string, unknown>, key: string) => (typeof value[key] === 'number' && Number.isFinite(value[key]) ? value[key] : undefined)

export function parsePresence(value: unknown): Presence | undefined {
  if (!isObject(value)) return undefined
  const [hereAt, awayFrom, seenAt] = ['hereAt', 'awayFrom', 'seenAt'].map((key) => timeAt(value, key))
  if (hereAt === undefined) return undefined
  return { hereAt, ...(awayFrom !== undefined && { awayFrom }), ...(seenAt !== undefined && { seenAt }) }
}

/** What two devices noted at the same time: here on one is here, and what was marked as seen on one is seen. */
export function mergePresence(ours: unknown, theirs: unknown): unknown {
  const all = [parsePresence(ours), parsePresence(theirs)].flatMap((one) => one ?? [])
  if (all.length === 0) return undefined
  const seenAt = Math.max(...all.map((one) => one.seenAt ?? 0))
  const awayFrom = Math.min(...all.map((one) => one.awayFrom ?? Infinity).filter((from) => from >= seenAt))
  return { hereAt: Math.max(...all.map(({ hereAt }) => hereAt)), ...(Number.isFinite(awayFrom) && { awayFrom }), ...(seenAt > 0 && { seenAt }) }
}
