import type { Eye, EyeRecording } from '~/api/generated'
import { formatBytes, formatNumber, plural, sentence } from '~/lib/format'
import type { Look } from '~/lib/status'
import { visibleName } from '~/lib/visible'

/** "1280×720" */
export const sizeText = ({ width, height }: { width: number; height: number }) => `${width}×${height}`

/** "412 frames/s"; one that is stepped counts its steps. */
export function paceOf({ status, config }: Pick<Eye, 'status' | 'config'>): string {
  if (!status) return ''
  return config.lockstep ? `${formatRate(status.stepsPerS)} steps/s` : `${formatRate(status.fps)} frames/s`
}

/** Whole numbers, and one digit more below ten. */
export const formatRate = (rate: number) => (rate > 0 && rate < 9.95 ? rate.toFixed(1) : formatNumber(Math.round(rate)))

/** Milliseconds of a number of microseconds, in three digits at most. */
export function formatMs(us: number): string {
  const ms = us / 1000
  return ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : formatNumber(Math.round(ms))
}

const pathWords: Readonly<Record<string, string>> = { shared: 'no copy, shared memory', 'dma-buf': 'no copy, dma-buf', copied: 'copied', composed: 'composed' }
export const pathText = (path: string | undefined) => (path === undefined ? '' : (pathWords[path] ?? visibleName(path)))

/** "clock virtual, 60 a second": how it runs. */
export function setupText({ lockstep, hz, clock }: Eye['config']): string {
  const rate = hz === 0 ? 'as fast as it draws' : `${hz} a second`
  if (lockstep) return clock === 'real' ? 'lockstep' : `lockstep, ${clock} clock of ${hz === 0 ? 'its own rate' : `${hz} Hz`}`
  return clock === 'real' ? `free run, ${rate}` : `free run, ${rate}, ${clock} clock`
}

/** "412 steps, 1.1 MB" */
export function extentOf({ steps, bytes }: Pick<EyeRecording, 'steps' | 'bytes'>): string {
  return [steps !== undefined && plural(steps, 'step').replace(String(steps), formatNumber(steps)), bytes !== undefined && formatBytes(bytes)].filter(Boolean).join(', ')
}

type Verdict = { look: Look; text: string }

/** What a replay showed, in a sentence; undefined: it was never replayed. */
export function verdictOf(recording: Pick<EyeRecording, 'replayState' | 'replaySteps' | 'replayDetail' | 'differsAt' | 'steps'>): Verdict | undefined {
  const { replayState, replaySteps = 0, replayDetail, differsAt, steps = 0 } = recording
  switch (replayState) {
    case undefined:
      return undefined
    case 'running':
      return { look: 'running', text: 'Replaying now; the hash of each frame is compared.' }
    case 'same':
      return { look: 'finished', text: `Every frame was the same: ${formatNumber(replaySteps)} of ${formatNumber(steps)} steps have the hash that was recorded.` }
    case 'differs':
      return {
        look: 'error',
        text: differsAt === undefined ? 'A frame was another one.' : `The frames differ from step ${formatNumber(differsAt)} on; the ${formatNumber(Math.max(0, differsAt - 1))} before were the same.`,
      }
    case 'cut':
      return { look: 'error', text: `The replay ended after ${formatNumber(replaySteps)} of ${formatNumber(steps)} steps${replayDetail ? `: ${replayDetail}` : ''}.` }
    default:
      return replayState satisfies never
  }
}

/** As a sentence begins; a name of a file or program stays as it is. */
export const said = (text: string) => (/^[a-z]+(?:[ ,:;.]|$)/.test(text) ? sentence(text) : text)
