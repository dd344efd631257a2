import type { Cursor } from '~/api/generated'
import { readPast } from '~/api/history'
import type { StreamEvent } from '~/api/wire'
import { asideKinds } from '~/features/transcript/asides'
import { foldMeta, noMeta, type Meta } from '~/features/transcript/meta'
import { beforeKinds, growing, lastKinds, textKinds, type Growing } from '~/features/transcript/knit'

/** Events before the newest page that say what its messages do not. */
const lastEvents = 300
const firstStep = 4000
const mostStep = 32_000
/** How often one request for older messages looks further back. */
const mostSteps = 4
/** Events in a window that somebody jumped to. */
const mostAround = 6000

/** Where a transcript's events are read from: `seq` is the number of the last that is known, `low` of the first. */
type Place = { topic: string; generation: number; seq: number; signal?: AbortSignal }
export type Reach = Place & { low: number }

/** A text that began before the last events is read from its beginning. */
async function wholeTexts(cursor: Cursor, from: number, last: readonly StreamEvent[]): Promise<Growing[]> {
  let [events, after] = [last, from]
  for (let step = 1000; ; step *= 4) {
    const texts = growing(events, after === 0)
    if (step > 2 * mostStep || texts.every(({ isWhole }) => isWhole)) return texts
    const before = await readPast({ ...cursor, after: Math.max(0, after - step), until: after, kinds: textKinds })
    events = [...before, ...events]
    after = Math.max(0, after - step)
  }
}

/** What happened just before a page was read, and the texts that were still growing then. */
export async function readLast(cursor: Cursor): Promise<{ events: StreamEvent[]; texts: Growing[]; low: number }> {
  const [middle, low] = [Math.max(0, cursor.seq - lastEvents), Math.max(0, cursor.seq - lastEvents - firstStep)]
  const [before, last] = await Promise.all([
    readPast({ ...cursor, after: low, until: middle, kinds: beforeKinds }),
    readPast({ ...cursor, after: middle, until: cursor.seq, kinds: lastKinds }),
  ])
  return { events: [...before, ...last], texts: await wholeTexts(cursor, middle, last), low }
}

/** Events beside the messages, from the last known ones back to `time`, oldest first; and how far back they reach then. */
export async function readBack(reach: Reach, time: string): Promise<{ events: StreamEvent[]; low: number }> {
  let { low } = reach
  let events: StreamEvent[] = []
  let step = firstStep
  for (let n = 0; n < mostSteps && low > 0; n++) {
    const after = Math.max(0, low - step)
    const before = await readPast({ ...reach, after, until: low, kinds: asideKinds })
    events = [...before, ...events]
    low = after
    const [first] = events
    if (first && first.at < time) break
    step = Math.min(step * 2, mostStep)
  }
  return { events, low }
}

/** Between which numbers the last event is of which `isBefore` holds, as near as some reads tell. */
async function seqsAt({ topic, generation, seq, signal }: Place, isBefore: (at: string) => boolean): Promise<{ low: number; high: number }> {
  let [low, high] = [0, seq]
  while (high - low > firstStep / 8) {
    const middle = Math.floor((low + high) / 2)
    const [event] = await readPast({ topic, generation, signal, after: middle, until: high, kinds: [], most: 1 })
    if (event && isBefore(event.at)) low = middle
    else high = middle
  }
  return { low, high }
}

/** What the newest event says of a past moment: of its facts, those that are not known yet. */
function missingKinds(events: readonly StreamEvent[]): string[] {
  const has = (...kinds: readonly string[]) => events.some(({ type }) => kinds.includes(type ?? ''))
  return [...(has('context') ? [] : ['context']), ...(has('plan') ? [] : ['plan']), ...(has('turn_end', 'exit') ? [] : ['usage', 'turn_end', 'exit'])]
}

/** Plan, context, and the usage of the turn that ran, as they were at a moment. */
export async function readMetaAt(place: Place, moment: number): Promise<Meta> {
  const isBefore = (at: string) => Date.parse(at) <= moment
  let { high: low } = await seqsAt(place, isBefore)
  let events: StreamEvent[] = []
  for (let step = firstStep; low > 0; step *= 4) {
    const kinds = missingKinds(events)
    if (kinds.length === 0) break
    const after = Math.max(0, low - step)
    const before = await readPast({ ...place, after, until: low, kinds })
    events = [...before.filter(({ at }) => isBefore(at)), ...events]
    low = after
  }
  return events.reduce((meta, event) => foldMeta(meta, event), noMeta)
}

/** Events beside the messages of a window far from the newest. */
export async function readBetween(reach: Reach, from: string, to: string): Promise<StreamEvent[]> {
  const { low: after } = await seqsAt(reach, (at) => at < from)
  const until = Math.min(reach.seq, after + mostAround)
  const events = await readPast({ ...reach, after, until, kinds: asideKinds })
  return events.filter(({ at }) => at >= from && at <= to)
}
