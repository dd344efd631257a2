import type { Ask } from '~/api/generated'
import { isObject, textAt } from '~/lib/json'
import { visibleName } from '~/lib/visible'

/** More characters are too many to be read at a glance. */
const mostShown = 180

/** What a command may carry beside its bytes without running as anything else. */
const harmless = ['command', 'description']

/**
 * The command of an ask that has nothing else to approve: one line in which nothing is invisible. Undefined of everything else,
 * also of a command with arguments of its own, such as one that turns the sandbox off.
 */
export function wholeCommand({ kind, title, input, truncated = false }: Ask): string | undefined {
  const command = textAt(input, 'command')
  if (kind !== 'permission' || truncated || command === undefined || command !== title || command.length > mostShown) return undefined
  if (!isObject(input) || Object.keys(input).some((name) => !harmless.includes(name))) return undefined
  return visibleName(command) === command ? command : undefined
}
