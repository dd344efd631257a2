import { isObject, parseJson, textAt } from '~/lib/json'

type Edited = { value: unknown } | { fault: string }

/** A command is edited as plain text, other arguments as JSON. */
export function readEdited(input: unknown, text: string): Edited {
  if (isObject(input) && textAt(input, 'command') !== undefined) return { value: { ...input, command: text } }
  const parsed = parseJson(text)
  if ('value' in parsed && !isObject(parsed.value)) return { fault: 'The arguments must be one JSON object.' }
  return parsed
}
