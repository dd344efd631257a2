import { session } from '~/api/client'
import { isControl, isOfTerminal, parseFrame } from '~/api/protocol'
import type { StreamEvent } from '~/api/wire'

/** Events of a topic behind `after` up to `until`, at most `most` of them; `kinds`: only these. */
export type PastRange = { topic: string; generation: number; after: number; until: number; kinds: readonly string[]; most?: number }

/**
 * Past events, read once over HTTP, beside the subscription that the socket has of the same topic. A range of another generation, or one
 * that the daemon does not keep any more, has no events: what they would add is then not shown.
 */
export async function readPast({ topic, generation, after, until, kinds, most = Infinity }: PastRange): Promise<StreamEvent[]> {
  const token = session.get()?.token
  if (token === undefined || until <= after) return []
  const query = new URLSearchParams({ topic, after: String(after), generation: String(generation), ...(kinds.length > 0 && { kinds: kinds.join(',') }) })
  const stop = new AbortController()
  const events: StreamEvent[] = []
  try {
    const response = await fetch(`/api/stream?${query}`, { headers: { authorization: `Bearer ${token}` }, signal: stop.signal })
    if (!response.ok || !response.body) return []
    for await (const line of linesOf(response.body)) {
      const frame = parseFrame(line)
      if (isOfTerminal(frame)) continue
      if (isControl(frame)) {
        if (frame.type === 'live' || frame.type === 'reset') break
        continue
      }
      if (frame.seq > until || events.length >= most) break
      if (frame.type !== undefined && frame.seq > after) events.push(frame)
    }
  } catch {
    return events
  } finally {
    stop.abort()
  }
  return events
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') yield line
  }
}
