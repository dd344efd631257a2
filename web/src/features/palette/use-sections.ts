import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { eyesQuery } from '~/api/eye-list'
import { overviewQuery } from '~/api/overview'
import { settingsQuery } from '~/api/queries'
import type { OpForm } from '~/api/shape-types'
import { bestOf } from '~/features/palette/match'
import { titleOf } from '~/features/palette/form'
import { usePlace } from '~/api/on-screen'
import { rowOfCommand, textsOf, type Part, type Row, type Section } from '~/features/palette/rows'
import { rowsOfSettings, rowsOfThings } from '~/features/palette/things'
import { useFiles, useSaid } from '~/features/palette/use-found'
import { formatMinute } from '~/lib/format'
import { keysHere } from '~/lib/keys'
import { useStore } from '~/lib/store'
import { acts, undoable, undoAct } from '~/lib/undo'
import { commandSets } from '~/ui/commands'

const mostActs = 6
const mostThings = 7
const mostUndo = 3
const mostEyes = 4
const mostSettings = 3
/** Fewer letters are in the sentence of every other setting. */
const leastLetters = 3
/** Beside other sections, and when all actions are wanted. */
const mostOps = { few: 5, all: 200 }

export type Acts = {
  go: (address: string) => void
  onStart: (text: string) => void
  onForm: (form: OpForm) => void
}

/** What the palette has rows of its own for, and what leads to it. */
const ownKeys: ReadonlySet<string> = new Set(['Ctrl+K', 'Escape', 'n', 'u'])

/**
 * What the keys of the page do. Those of parts are not among them: an ask is answered where it can be read, not from here;
 * parts offer their acts themselves.
 */
function useKeysOfPage(): readonly Row[] {
  const [keys] = useState(keysHere)
  const fresh = keys.filter((one, n) => one.scope === 'page' && !ownKeys.has(one.keys) && keys.findIndex(({ label }) => label === one.label) === n)
  return fresh.map((one) => ({ id: `key-${one.keys}`, label: capital(one.label), keys: one.keys, glyph: { icon: 'chevron' }, run: one.run }))
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

function useOwnActs(query: string): readonly Section[] {
  const sets = useStore(commandSets)
  const undos = undoable(useStore(acts))
  const undoRows = undos.map(({ id, text, at }): Row => ({
    id: `undo-${id}`,
    label: `Undo: ${text}`,
    hint: formatMinute(at),
    glyph: { icon: 'undo' },
    run: () => undoAct(id),
  }))
  const mine = sets.map(({ id, title, commands }): Section => ({ part: 'acts', title, rows: bestOf(query, commands.map((one, n) => rowOfCommand(`act-${id}-${n}`, one)), textsOf, mostActs) }))
  return [...mine, { part: 'acts', title: 'Undo', rows: bestOf(query, undoRows, textsOf, query === '' ? mostUndo : mostActs) }]
}

function rowOfOp(form: OpForm, onForm: Acts['onForm']): Row {
  return {
    id: form.name,
    label: titleOf(form),
    hint: form.doc,
    words: form.command,
    glyph: { icon: form.isWriting ? 'chevron' : 'list' },
    command: { is: 'Same as', text: `muster ${form.command}` },
    run: () => onForm(form),
  }
}

type Rows = { keys: readonly Row[]; ops: readonly Row[] }

function everything(query: string, isOnly: boolean, { keys, ops }: Rows, onStart: Acts['onStart']): readonly Row[] {
  if (isOnly) return bestOf(query, ops, textsOf, mostOps.all)
  const start: Row = {
    id: 'start',
    label: query === '' ? 'New agent' : `New agent: “${query}”`,
    glyph: { icon: 'plus' },
    keys: 'Ctrl+Enter',
    run: () => onStart(query),
  }
  const found = bestOf(query, keys, textsOf, mostActs)
  return query === '' ? [start, ...found] : [...found, ...bestOf(query, ops, textsOf, mostOps.few), start]
}

function useEyes(go: Acts['go']): readonly Row[] {
  const eyes = useQuery(eyesQuery()).data?.eyes ?? none
  const code = useQuery({ queryKey: ['code', 'eye-rows'], queryFn: () => import('~/features/palette/eye-rows'), enabled: eyes.length > 0, staleTime: Infinity, structuralSharing: false }).data
  return useMemo(() => code?.rowsOfEyes(eyes, go) ?? none, [code, eyes, go])
}

const none: readonly never[] = []

/** What the palette lists for the query; nothing of a part that was narrowed away, and no empty section. */
export function useSections(query: string, only: Part | undefined, forms: readonly OpForm[], all: Acts): readonly Section[] {
  const place = usePlace()
  const overview = useQuery(overviewQuery()).data
  const { go, onForm } = all
  const things = useMemo(() => (overview ? rowsOfThings(overview, go) : []), [overview, go])
  const eyes = useEyes(go)
  const known = useQuery(settingsQuery()).data?.settings
  const settings = useMemo(() => rowsOfSettings(known ?? [], go), [known, go])
  const ops = useMemo(() => forms.map((form) => rowOfOp(form, onForm)), [forms, onForm])
  const own = useOwnActs(query)
  const keys = useKeysOfPage()
  const files = useFiles(query, place, go)
  const said = useSaid(query, place, go)
  const sections: readonly Section[] = [
    ...own,
    { part: 'things', title: 'Agents, worktrees and workspaces', rows: bestOf(query, things, textsOf, mostThings) },
    { part: 'things', title: 'Eyes', rows: bestOf(query, eyes, textsOf, mostEyes) },
    { part: 'things', title: 'Files', rows: files },
    { part: 'things', title: 'Settings', rows: query.length < leastLetters ? [] : bestOf(query, settings, textsOf, mostSettings) },
    { part: 'said', title: 'In what was said', rows: said },
    { part: 'all', title: only === 'all' ? 'All actions' : 'Everything', rows: everything(query, only === 'all', { keys, ops }, all.onStart) },
  ]
  return sections.filter(({ part, rows }) => rows.length > 0 && (only === undefined || part === only))
}
