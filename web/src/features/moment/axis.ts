import type { Checkpoint, Turn } from '~/api/generated'

/** A tool call on the time line. */
export type ToolMark = { at: number; isFailed: boolean }

export type TurnSpan = { index: number; from: number; to: number; isOpen: boolean; isFailed: boolean }

export type Scale = {
  from: number
  to: number
  /** The place of a time, from 0 to 1. */
  placeOf: (at: number) => number
  /** The time at a place. */
  timeAt: (place: number) => number
}

/** Work is drawn to scale; a pause takes at most this share of all work, so that a night does not hide the day. */
const mostPause = 0.06
/** A wait for a person is seen, but does not hide what came before. */
const mostWait = 0.12

/** Times have microseconds: what happened at one is past at the next millisecond. */
export const pastOf = (at: string) => Date.parse(at) + 1

/** A turn reaches to the checkpoint of its end, so that its last moment shows the files that it left. */
export function spansOf(turns: readonly Turn[], checkpoints: readonly Checkpoint[], now: number): TurnSpan[] {
  const kept = new Map(checkpoints.map(({ id, at }) => [id, at]))
  return turns
    .map(({ index, at, endedAt, checkpointId, outcome }) => {
      const from = Date.parse(at)
      const isOpen = outcome === 'running'
      const ended = Math.max(...[at, endedAt, kept.get(checkpointId ?? '')].flatMap((time) => (time === undefined ? [] : [pastOf(time)])))
      return { index, from, to: isOpen ? now : ended, isOpen, isFailed: outcome === 'error' }
    })
    .filter(({ from }) => !Number.isNaN(from))
    .sort((a, b) => a.from - b.from)
}

type Piece = { from: number; to: number; start: number; width: number }

function piecesOf(spans: readonly TurnSpan[], now: number, waitsFrom: number): Piece[] {
  const work = spans.reduce((sum, { from, to }) => sum + Math.max(1, Math.min(to, waitsFrom) - from), 0)
  const pieces: Piece[] = []
  let start = 0
  let at = spans[0]?.from ?? now
  function add(to: number, most: number) {
    if (to <= at) return
    const width = Math.min(to - at, most)
    pieces.push({ from: at, to, start, width })
    start += width
    at = to
  }
  for (const { from, to } of spans) {
    add(from, mostPause * work)
    add(Math.min(to, waitsFrom), Infinity)
    add(to, mostWait * work)
  }
  add(now, mostPause * work)
  return pieces
}

/** From the first turn to now; nothing before the first turn. */
export function scaleOf(spans: readonly TurnSpan[], now: number, waitsFrom = Infinity): Scale {
  const pieces = piecesOf(spans, now, waitsFrom)
  const whole = pieces.reduce((sum, { width }) => sum + width, 0) || 1
  const from = pieces[0]?.from ?? now
  function placeOf(at: number): number {
    if (at <= from) return 0
    const piece = pieces.find(({ to }) => at <= to)
    if (!piece) return 1
    return (piece.start + ((at - piece.from) / (piece.to - piece.from)) * piece.width) / whole
  }
  function timeAt(place: number): number {
    const wanted = Math.max(0, Math.min(1, place)) * whole
    const piece = pieces.find(({ start, width }) => wanted <= start + width)
    if (!piece) return now
    return piece.from + ((wanted - piece.start) / (piece.width || 1)) * (piece.to - piece.from)
  }
  return { from, to: now, placeOf, timeAt }
}

/** The next moment at which something happened, before or after; undefined: now. */
export function stepFrom(moments: readonly number[], at: number | undefined, by: 1 | -1): number | undefined {
  const all = [...new Set(moments)].sort((a, b) => a - b)
  if (by < 0) return all.findLast((one) => at === undefined || one < at) ?? at
  return at === undefined ? undefined : all.find((one) => one > at)
}
