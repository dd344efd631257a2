// What a row of the transcript shows of an event.
import type { AgentReason, EvAskAnswered, EvExit, EvToolStart } from '~/api/generated'
import type { Answers, ToolItem } from '~/features/agent/items'
import { isObject, textAt } from '~/lib/json'

/** `why` is the status's reason, which knows more than the exit of a program that could not be executed or met a limit. */
export function exitText({ code, signal, text }: EvExit, why: string | undefined): string {
  const how = signal !== undefined ? `ended by signal ${signal}` : `ended with code ${code ?? '?'}`
  const reason = text ?? (why === how ? undefined : why)
  return reason ? `The program ${how}.\n${reason}` : `The program ${how}.`
}

/** Each question with what was answered. */
export function answersOf({ decision, input }: EvAskAnswered): Answers {
  if (decision !== 'answer' || !isObject(input)) return []
  return Object.entries(input).map(([question, answer]) => [question, typeof answer === 'string' ? answer : JSON.stringify(answer)])
}

/** A status with one of these is sent before the exit that it explains. */
export const reasonsOfEnd: ReadonlySet<AgentReason> = new Set(['exit', 'limit', 'disk_full', 'hold_lost'])

/** The call as a person changed it. Its title is one of its arguments, so the title is taken from the changed ones. */
export function editedCall({ title, input: before, ...call }: EvToolStart, input: unknown, truncated: boolean): EvToolStart {
  const key = title && isObject(before) && Object.keys(before).find((name) => textAt(before, name)?.trimStart().startsWith(title))
  const edited = key ? textAt(input, key)?.trim().split('\n')[0] : title
  return { ...call, input, truncated, ...(edited && { title: edited }) }
}

export function begun(tool: ToolItem, at: string): ToolItem {
  return { ...tool, state: 'running', startedAt: at }
}
