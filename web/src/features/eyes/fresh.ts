import { useEffect, useRef, useState } from 'react'
import { call } from '~/api/client'
import type { Eye, EyeSetupIn } from '~/api/generated'
import { CallError } from '~/api/wire'
import type { Screen } from '~/features/eyes/screen'

const patienceMs = 60_000

const isReady = ({ state, why }: Eye) => (state === 'waiting' || state === 'running') && why !== 'no_frame'

/** Until that launch of the eye has shown what it draws. Its end, or that it takes too long, is an error. */
export function whenReady(screen: Screen, launchId: string | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (text: string) => reject(new CallError(409, { code: 'CONFLICT', message: text }))
    const timer = setTimeout(() => settle(() => fail('the eye has shown nothing within a minute')), patienceMs)
    const leave = screen.seen.subscribe(look)
    signal.addEventListener('abort', () => settle(() => fail('the page was left')), { once: true })
    function settle(end: () => void) {
      clearTimeout(timer)
      leave()
      end()
    }
    function look() {
      const { eye } = screen.seen.get()
      if (eye?.launchId !== launchId || eye === undefined) return
      if (eye.endedAt !== undefined) settle(() => fail(eye.detail ?? 'the eye has ended'))
      else if (isReady(eye)) settle(resolve)
    }
    look()
  })
}

export type Fresh = { isBusy: boolean; error: CallError | undefined; run(config: EyeSetupIn | undefined, then: () => Promise<unknown>): void }

/** Starts the eye again and does something before its first step: what is recorded or replayed begins where the game does. */
export function useFresh(screen: Screen, eyeId: string): Fresh {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<CallError>()
  const leave = useRef<AbortController>(undefined)
  useEffect(() => () => leave.current?.abort(), [])
  async function begin(config: EyeSetupIn | undefined, then: () => Promise<unknown>) {
    leave.current?.abort()
    const mine = new AbortController()
    leave.current = mine
    const { body } = await call('restart_synthetic_eye', { eyeId, ...(config && { config }) }, crypto.randomUUID())
    await whenReady(screen, body.launchId, mine.signal)
    await then()
  }
  return {
    isBusy,
    error,
    run(config, then) {
      setBusy(true)
      setError(undefined)
      begin(config, then)
        .catch((reason: unknown) => setError(reason instanceof CallError ? reason : new CallError(0, { code: 'FAILED', message: String(reason) })))
        .finally(() => setBusy(false))
    },
  }
}
