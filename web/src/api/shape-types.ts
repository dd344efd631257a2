/** One field of an operation's input, with what is known of it before it is sent. */
export type FieldShape = {
  name: string
  doc: string
  kind: 'text' | 'id' | 'number' | 'flag' | 'word' | 'group' | 'json'
  isList?: boolean | undefined
  isRequired?: boolean | undefined
  /** Of a text: characters, or bytes; of a number: its value. */
  min?: number | undefined
  max?: number | undefined
  isBytes?: boolean | undefined
  /** Of a list: items. */
  least?: number | undefined
  most?: number | undefined
  words?: readonly string[] | undefined
  /** What an id begins with. */
  of?: string | undefined
  format?: string | undefined
  pattern?: string | undefined
  fields?: readonly FieldShape[] | undefined
  usual?: string | number | boolean | undefined
}

/** An operation as a form: `command` is what follows `muster` on the command line. */
export type OpForm = {
  name: string
  doc: string
  command: string
  isWriting?: boolean
  isRemoving?: boolean
  /** In the order in which the command line takes words without an option. */
  fields: readonly FieldShape[]
}

/** The types of answers and events by name: fields with their type, `?` before those that may be left out. */
export type TypeTable = {
  types: Readonly<Record<string, Readonly<Record<string, string>>>>
  words: Readonly<Record<string, readonly string[]>>
  /** The type of an event's payload, by the event's kind. */
  events: Readonly<Record<string, string>>
  /** The type of an operation's answer; empty: it has none. */
  outputs: Readonly<Record<string, string>>
}
