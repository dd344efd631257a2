import { isObject, parseJson, prettyJson, textAt } from '~/lib/json'

export type Edited = { value: unknown } | { fault: string }

/** What is edited: a command as plain text, other arguments as JSON. */
export function editedText(input: unknown): string {
  return textAt(input, 'command') ?? prettyJson(input)
}

export function readEdited(input: unknown, text: string): Edited {
  if (isObject(input) && textAt(input, 'command') !== undefined) return { value: { ...input, command: text } }
  const parsed = parseJson(text)
  if ('value' in parsed && !isObject(parsed.value)) return { fault: 'The arguments must be one JSON object.' }
  return parsed
}
