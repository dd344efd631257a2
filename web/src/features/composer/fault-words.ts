import { sentence } from '~/lib/format'

/** What was wanted of the daemon when it failed. */
export type Wanted = 'send' | 'comments' | 'start' | 'interrupt'

const failed: Record<Wanted, string> = {
  send: 'Not sent',
  comments: 'The message is sent, the comments are not',
  start: 'The message is queued; the agent did not start',
  interrupt: 'It is queued; the turn was not interrupted',
}

/** The daemon did not answer: then it may have been done, and nothing else is said. */
const unknown: Record<Wanted, string> = {
  send: 'It is not known whether it was sent: the daemon did not answer. Trying again cannot send it twice.',
  comments: 'The message is sent. It is not known whether the comments are: the daemon did not answer.',
  start: 'The message is queued. It is not known whether the agent starts: the daemon did not answer.',
  interrupt: 'It is queued. It is not known whether the turn was interrupted: the daemon did not answer.',
}

export function faultText(of: Wanted, { status, message }: { status: number; message: string }): string {
  return status === 0 ? unknown[of] : `${failed[of]}: ${sentence(message)}`
}
