import { call } from '~/api/client'
import { readPast } from '~/api/history'
import type { StreamEvent } from '~/api/wire'
import { foldMeta, noMeta, type Meta } from '~/features/transcript/meta'
import { firstStep, seqsAt } from '~/features/transcript/past'

/** What the newest event says of a past moment: those facts of which none is known yet. */
function missingKinds(events: readonly StreamEvent[]): string[] {
  const has = (...kinds: readonly string[]) => events.some(({ type }) => kinds.includes(type ?? ''))
  return [...(has('context') ? [] : ['context']), ...(has('plan') ? [] : ['plan']), ...(has('turn_end', 'exit') ? [] : ['usage', 'turn_end', 'exit'])]
}

/** Plan, context, and the usage of the turn that ran, as they were at a moment. */
export async function readMetaAt(agentId: string, moment: number): Promise<Meta> {
  const { cursors } = await call('list_turns', { agentId, limit: 1 })
  const place = cursors.find(({ topic }) => topic === `agent/${agentId}`)
  if (!place) return noMeta
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
  return events.reduce(foldMeta, noMeta)
}
