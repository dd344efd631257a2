/** What is being typed at the caret that a list can complete. */
export type Trigger = { kind: 'command' | 'file'; query: string; /** Where the sign is in the text. */ from: number; to: number }

const command = /^\/([^\s/]*)$/
const file = /(^|[\s(["'`])@([^\s@]{0,128})$/

/** A command only begins a prompt; a file may be named anywhere. */
export function triggerAt(text: string, caret: number): Trigger | undefined {
  const before = text.slice(0, caret)
  const name = before.match(command)?.[1]
  if (name !== undefined) return { kind: 'command', query: name, from: 0, to: caret }
  const query = before.slice(before.lastIndexOf('\n') + 1).match(file)?.[2]
  return query === undefined ? undefined : { kind: 'file', query, from: caret - query.length - 1, to: caret }
}

export type Edit = { text: string; caret: number }

/** The text with the trigger replaced; one space follows. */
export function complete(text: string, { from, to }: Trigger, by: string): Edit {
  const rest = text.slice(to)
  const head = `${text.slice(0, from)}${by} `
  return { text: head + (rest.startsWith(' ') ? rest.slice(1) : rest), caret: head.length }
}
