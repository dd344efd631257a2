import { request } from '~/api/client'
import { isControl, isOfChannel, parseFrame } from '~/api/protocol'
import { fetchAnswer } from '~/api/rest'
import { CallError, type StreamEvent } from '~/api/wire'

/** Events of a topic behind `after` up to `until`, at most `most` of them; `kinds`: only these. */
export type PastRange = { topic: string; generation: number; after: number; until: number; kinds: readonly string[]; most?: number; signal?: AbortSignal | undefined }

/**
 * Past events, read once over HTTP, beside the subscription that the socket has of the same topic. A range of another generation, or one
 * that the daemon does not keep any more, has no events: what they would add is then not shown.
 */
export async function readPast(range: PastRange): Promise<StreamEvent[]> {
  const { topic, generation, after, until, kinds, signal } = range
  if (until <= after) return []
  const query = new URLSearchParams({ topic, after: String(after), generation: String(generation), ...(kinds.length > 0 && { kinds: kinds.join(',') }) })
  const stop = new AbortController()
  try {
    const either = signal ? AbortSignal.any([stop.signal, signal]) : stop.signal
    return await request(`/api/stream?${query}`, async (url, token) => readEvents(await fetchAnswer(url, token, either), range))
  } finally {
    stop.abort()
  }
}

async function readEvents({ body }: Response, { after, until, most = Infinity }: PastRange): Promise<StreamEvent[]> {
  const events: StreamEvent[] = []
  if (!body) return events
  for await (const line of linesOf(body)) {
    const frame = parseFrame(line)
    if (isOfChannel(frame)) continue
    if (isControl(frame)) {
      if (frame.type === 'live' || frame.type === 'reset') break
      continue
    }
    if (frame.seq > until || events.length >= most) break
    if (frame.type !== undefined && frame.seq > after) events.push(frame)
  }
  return events
}

/** A stream that breaks off is no answer. */
async function readPiece(reader: ReadableStreamDefaultReader<Uint8Array>) {
  return reader.read().catch(() => {
    throw new CallError(0, { code: 'UNREACHABLE', message: 'The connection to the daemon was lost before all was read.' })
  })
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await readPiece(reader)
    if (done) return
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') yield line
  }
}
