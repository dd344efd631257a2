import type { ScriptPort, ScriptRun, ScriptState } from '~/api/generated'
import { type Look } from '~/lib/status'

const looks: Record<ScriptState, Look> = {
  never: 'idle', running: 'running', passed: 'finished', failed: 'error', timed_out: 'error', stopped: 'stopped', lost: 'error',
}

export const lookOfRun = (state: ScriptState): Look => looks[state]

/** "Failed, code 2": how a run stands, without its times. */
export function runText({ state, exitCode, detail }: ScriptRun): string {
  const code = exitCode !== undefined && exitCode !== 0 ? `, code ${exitCode}` : ''
  const words: Record<ScriptState, string> = {
    never: 'Never ran', running: 'Running', passed: 'Exited, code 0', failed: `Failed${code}`, timed_out: 'Stopped at its time limit', stopped: 'Stopped', lost: 'Its end was not seen',
  }
  const isSaid = detail === undefined || state === 'stopped' || detail === `exited with code ${exitCode}`
  return isSaid ? words[state] : `${words[state]}: ${detail}`
}

const isLoopback = (host: string) => host === 'localhost' || host === '[::1]' || host.startsWith('127.')

/** Where a port is opened by a browser that has reached the daemon under `host`; undefined where it cannot get there. */
export function portLink({ port, address, isIsolated }: ScriptPort, host: string): string | undefined {
  if (isIsolated) return undefined
  const isAny = address === '0.0.0.0' || address === '::'
  const at = isAny ? (isLoopback(host) ? 'localhost' : host) : address === '::1' ? '[::1]' : address.startsWith('127.') ? 'localhost' : address.includes(':') ? `[${address}]` : address
  return isLoopback(at) && !isLoopback(host) ? undefined : `http://${at}:${port}/`
}

/** It ended without having done what it should; nobody stopped it. */
export const isFailed = ({ state }: ScriptRun): boolean => state === 'failed' || state === 'timed_out' || state === 'lost'
