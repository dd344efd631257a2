import { useEffect, useEffectEvent, useState } from 'react'
import { call } from '~/api/client'
import type { ScriptLog } from '~/api/generated'

/** What is shown of a log: its end. The rest is read with get_script_log. */
const mostShown = 256 * 1024
const pollMs = 1_000

export type LogTail = {
  text: string
  /** Bytes of the log before the text. */
  before: number
  /** Where the next page begins. */
  next: number
  isWhole: boolean
}

export const noLog: LogTail = { text: '', before: 0, next: 0, isWhole: false }

/** A page begins with the piece that has its offset in it, and the newest piece still grows. */
function unknownPart({ text, offset }: ScriptLog, next: number): string {
  if (offset >= next) return text
  return new TextDecoder().decode(new TextEncoder().encode(text).subarray(next - offset))
}

const isLowSurrogate = (text: string) => /^[\uDC00-\uDFFF]/.test(text)

/** A page behind what is known; what begins further on than asked was left out in the middle. */
export function withPage(log: LogTail, page: ScriptLog): LogTail {
  const next = page.nextOffset ?? page.logBytes
  const isFirst = log.next === 0 && log.text === ''
  const gap = !isFirst && page.offset > log.next ? `\n… ${page.offset - log.next} bytes left out …\n` : ''
  const all = log.text + gap + (isFirst ? page.text : unknownPart(page, log.next))
  const cut = all.length > mostShown ? all.slice(-mostShown) : all
  const text = isLowSurrogate(cut) ? cut.slice(1) : cut
  const before = text.length < all.length ? next - new Blob([text]).size : isFirst ? page.offset : log.before
  return { text, before: Math.max(0, before), next, isWhole: !page.hasMore }
}

type Reader = { runId: string; from: number; isRunning: () => boolean; onPage: (page: ScriptLog) => void }

const wait = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()))
  })

/** Reads to the end, and again each second while it runs: no stream carries a script's output. */
async function readLog({ runId, from, isRunning, onPage }: Reader, signal: AbortSignal) {
  let offset = from
  while (!signal.aborted) {
    const mayGrow = isRunning()
    const { body } = await call('get_script_log', { runId, offset })
    if (signal.aborted) return
    onPage(body)
    offset = body.nextOffset ?? body.logBytes
    if (body.hasMore) continue
    if (!mayGrow) return
    await wait(pollMs, signal)
  }
}

/** The end of a run's output, which grows while it runs. `logBytes`: how long its row says that it is. */
export function useScriptLog(runId: string, isRunning: boolean, logBytes: number) {
  const [log, setLog] = useState(noLog)
  const [error, setError] = useState<Error>()
  const now = useEffectEvent(() => ({ isRunning, from: Math.max(log.next, logBytes - mostShown, 0) }))
  const hasFailed = error !== undefined
  useEffect(() => {
    if (hasFailed) return undefined
    const leave = new AbortController()
    const reader = { runId, from: now().from, isRunning: () => now().isRunning, onPage: (page: ScriptLog) => setLog((before) => withPage(before, page)) }
    readLog(reader, leave.signal).catch((failed: unknown) => {
      if (!leave.signal.aborted && failed instanceof Error) setError(failed)
    })
    return () => leave.abort()
  }, [runId, hasFailed])
  return { log, error, retry: () => setError(undefined) }
}
