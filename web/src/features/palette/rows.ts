import { type Look } from '~/lib/status'
import type { Command } from '~/ui/commands'
import type { IconName } from '~/ui/Icon'

/** What narrowing leaves. */
export type Part = 'acts' | 'things' | 'said' | 'all'

export type Row = {
  id: string
  label: string
  hint?: string | undefined
  /** By what else it is found. */
  words?: string | undefined
  glyph: { icon: IconName } | { look: Look; word: string }
  keys?: string | undefined
  /** On the command line: the same act, or the same thing to read. */
  command?: { is: 'Same as' | 'In a terminal'; text: string } | undefined
  run: () => void
}

export type Section = { part: Part; title: string; rows: readonly Row[] }

export function rowOfCommand(id: string, command: Command): Row {
  const { label, hint, icon = 'chevron', keys, same, words, run } = command
  return { id, label, hint, words, keys, glyph: { icon }, command: same === undefined ? undefined : { is: 'Same as', text: `muster ${same}` }, run }
}

export const textsOf = ({ label, hint = '', words = '' }: Row) => ({ main: label, rest: `${hint} ${words}` })

export const inTerminal = (...words: readonly string[]) => ({ is: 'In a terminal', text: `muster ${words.join(' ')}` }) as const
