import type { Eye, EyeWhy, EyeWord } from '~/api/generated'
import type { Look } from '~/lib/status'

type Row = { look: Look; word: string }

/** The one table over the states of an eye: glyph and word. */
const states: Readonly<Record<EyeWord, Row>> = {
  starting: { look: 'running', word: 'Starting' },
  running: { look: 'running', word: 'Running' },
  waiting: { look: 'held', word: 'Waiting' },
  stalled: { look: 'waiting', word: 'Stalled' },
  idle: { look: 'idle', word: 'Idle' },
  stopped: { look: 'stopped', word: 'Stopped' },
  exited: { look: 'finished', word: 'Exited' },
  lost: { look: 'error', word: 'Lost' },
  failed: { look: 'error', word: 'Failed' },
}

const reasons: Readonly<Record<EyeWhy, string>> = {
  preparing: 'before its first report',
  no_frame: 'no frame yet',
  drawing: '',
  no_stepper: 'nobody holds the step',
  not_drawing: 'the game draws nothing',
  silent: 'it reports nothing',
  no_program: 'no game runs in it',
  program_exited: 'the game has ended',
  program_failed: 'the game could not be started',
  asked: 'by you',
  exited: '',
  killed: 'it was killed',
  limit: 'a limit was reached',
  hold_lost: 'its supervisor is gone',
  not_started: 'it could not be started',
}

/** Of these reasons, the ones that are nobody's wish. */
const bad: ReadonlySet<EyeWhy> = new Set(['program_failed', 'killed', 'limit', 'hold_lost', 'not_started'])

const lookByWhy = (eye: Pick<Eye, 'state' | 'why' | 'program'>): Look | undefined => {
  if (bad.has(eye.why)) return 'error'
  return eye.why === 'program_exited' && (eye.program?.signal !== undefined || (eye.program?.code ?? 0) !== 0) ? 'error' : undefined
}

export function eyeStatus(eye: Pick<Eye, 'state' | 'why' | 'program' | 'exitCode'>): Row & { reason: string } {
  const { look, word } = states[eye.state]
  const reason = eye.why === 'exited' && eye.exitCode !== undefined ? `code ${eye.exitCode}` : reasons[eye.why]
  return { look: lookByWhy(eye) ?? (eye.why === 'exited' && eye.exitCode !== 0 ? 'error' : look), word, reason }
}
