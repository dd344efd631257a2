// The types of answers and events, as `src/api/generated.ts` declares them: for the page's checks and for the mock daemon.

const fieldLine = /^ {2}(\w+)(\?)?: (.+)$/gm

/** By name: fields with their type, `?` before the type of a field that may be left out. */
export function readTypes(generated) {
  const types = {}
  const words = {}
  for (const [, name, body] of generated.matchAll(/^export type (\w+) = \{\n([^]*?)^\}/gm)) {
    types[name] = Object.fromEntries([...body.matchAll(fieldLine)].map(([, field, optional = '', type]) => [field, optional + type]))
  }
  for (const [, name, body] of generated.matchAll(/^export type (\w+) =\n((?: {2}\| '[^']*'\n)+)/gm)) {
    words[name] = [...body.matchAll(/'([^']*)'/g)].map((match) => match[1])
  }
  const { Events: events = {}, Operations: operations = {}, ...rest } = types
  const outputs = Object.entries(operations).map(([name, type]) => [name, /output: (\w+)/.exec(type)?.[1] ?? ''])
  return { types: rest, words, events, outputs: Object.fromEntries(outputs) }
}
