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
  return detail === undefined || state === 'stopped' ? words[state] : `${words[state]}: ${detail}`
}

/** Where a port is opened from this machine; undefined where a browser cannot reach it. */
export function portLink({ port, address, isIsolated }: ScriptPort): string | undefined {
  if (isIsolated) return undefined
  const host = address === '::1' || address.includes('.') ? hostOf(address) : 'localhost'
  return `http://${host}:${port}/`
}

function hostOf(address: string): string {
  if (address === '::1') return '[::1]'
  return address === '0.0.0.0' || address.startsWith('127.') ? 'localhost' : address
}
