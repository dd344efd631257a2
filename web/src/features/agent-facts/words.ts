import type { AgentReason, EvidenceExpected, EvidenceWait, HoldEvidence, RunWord, StatusCause, StatusSource } from '~/api/generated'
import { formatBytes, sentence } from '~/lib/format'

const sources: Record<StatusSource, string> = {
  protocol: 'The CLI said that',
  event: 'Its output shows that',
  process: 'Its process shows that',
  user: '',
  supervisor: 'Muster saw that',
}

const meanings: Record<AgentReason, string> = {
  not_started: 'nobody has started it',
  starting: 'it is starting',
  working: 'it is working',
  retrying: 'its API failed and it tries again',
  held: 'it is held back',
  permission: 'it waits for your permission',
  question: 'it waits for your answer',
  plan: 'it waits for your review of its plan',
  ready: 'it is ready for a prompt',
  turn_done: 'its turn is done',
  stopped: 'you stopped it',
  exited: 'its program ended',
  interrupted: 'you interrupted it',
  api: 'its API failed',
  exit: 'its program failed',
  hold_lost: 'its supervisor is gone',
  no_room: 'the disk is full, so that its output is not read',
  suspended: 'a signal stopped its program',
  disk_full: 'the disk was too full to start it',
  missing_cli: 'its CLI is missing',
  limit: 'a limit stopped it',
}

/** Who says it, and what that means: "The CLI said that it is working". */
export function causeText({ source, reason }: StatusCause): string {
  return sentence([sources[source], meanings[reason]].filter(Boolean).join(' '))
}

export function waitText({ kind, reason, detail }: EvidenceWait): string {
  switch (kind) {
    case 'start':
      return 'for you to start it'
    case 'hold':
      return 'for the process that runs its program'
    case 'session':
      return 'for the program to open its session'
    case 'answer':
      return detail ? `for your answer: ${reason ?? 'permission'} for ${detail}` : `for your answer${reason ? `: ${reason}` : ''}`
    case 'program':
      return 'for what the running turn says next'
    case 'idle':
      return 'for the program to say that it is idle'
    case 'prompt':
      return 'for your next prompt'
    case 'exit':
      return 'for its end'
    default:
      return kind satisfies never
  }
}

const kinds: Record<string, string> = {
  session: 'its session opens',
  ask_answered: 'its ask is answered',
  turn_end: 'the turn ends',
  exit: 'the program ends',
}

export function expectedText({ kind }: EvidenceExpected): string {
  return kinds[kind] ?? kind.replaceAll('_', ' ')
}

const runs: Record<RunWord, string> = {
  preparing: 'is being started',
  calling: 'runs; no connection to it yet',
  linked: 'runs and answers',
  orphaned: 'is gone; the rest of the log is being read',
  ended: 'has ended',
}

/** The state of the process that runs the program, and everything unusual about it. */
export function holdText(hold: HoldEvidence): string {
  const notes = [
    runs[hold.state],
    hold.hasLock === false && 'does not hold its lock',
    hold.isFull && 'has stopped reading: the disk is full',
    hold.isBacklogged && 'has stopped reading: too much is not shown yet',
    hold.isSuspended && 'sees that a signal stopped the program',
    hold.isStopping && 'is ending the program',
    hold.isExited && 'has recorded the end of the program',
    hold.isInputClosed && 'has closed the input of the program',
  ]
  const waiting = hold.inputs - hold.inputsDelivered
  if (waiting > 0) notes.push(`has ${waiting} of ${hold.inputs} inputs to deliver`)
  return notes.filter(Boolean).join('; ')
}

export function backlogText(bytes: number): string {
  return bytes > 0 ? `${formatBytes(bytes)} not shown yet` : 'all shown'
}

/** As in proc(5). */
const states: Record<string, string> = { R: 'runs', D: 'waits for a device', T: 'is stopped', t: 'is traced', Z: 'has ended, not collected' }

export function processState(state: string): string | undefined {
  return states[state.charAt(0)]
}
