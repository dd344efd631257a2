import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { overviewQuery } from '~/api/overview'
import type { OpForm } from '~/api/shape-types'
import { bestOf } from '~/features/palette/match'
import { titleOf } from '~/features/palette/form'
import { usePlace } from '~/api/on-screen'
import { rowOfCommand, textOf, type Part, type Row, type Section } from '~/features/palette/rows'
import { rowsOfThings } from '~/features/palette/things'
import { useFiles, useSaid } from '~/features/palette/use-found'
import { formatMinute } from '~/lib/format'
import { keysHere } from '~/lib/keys'
import { useStore } from '~/lib/store'
import { acts, undoable, undoAct } from '~/lib/undo'
import { commandSets } from '~/ui/commands'

const mostActs = 6
const mostThings = 7
const mostUndo = 3
/** Beside other sections, and when all actions are wanted. */
const mostOps = { few: 5, all: 200 }

export type Acts = {
  go: (address: string) => void
  onStart: (text: string) => void
  onSheet: () => void
  onForm: (form: OpForm) => void
}

/** Keys that do nothing here: they lead to the palette, or out of it. */
const notActs: ReadonlySet<string> = new Set(['Ctrl+K', 'Escape'])

/** What the keys do where the focus was when the palette opened; an act that is listed already is not repeated. */
function useKeysHere(query: string, listed: ReadonlySet<string>): Section {
  const [keys] = useState(keysHere)
  const fresh = keys.filter((one, n) => !notActs.has(one.keys) && !listed.has(one.keys) && keys.findIndex(({ label }) => label === one.label) === n)
  const rows = fresh.map((one): Row => ({ id: `key-${one.keys}`, label: capital(one.label), keys: one.keys, glyph: { icon: 'chevron' }, run: one.run }))
  return { part: 'acts', title: 'Here', rows: bestOf(query, rows, textOf, mostActs) }
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

function useOwnActs(query: string): readonly Section[] {
  const sets = useStore(commandSets)
  const listed = new Set([...sets.flatMap(({ commands }) => commands.flatMap(({ keys = [] }) => keys)), '?', 'n'])
  const here = useKeysHere(query, listed)
  const undos = undoable(useStore(acts))
  const undoRows = undos.map(({ id, text, at }): Row => ({
    id: `undo-${id}`,
    label: `Undo: ${text}`,
    hint: formatMinute(at),
    glyph: { icon: 'undo' },
    run: () => undoAct(id),
  }))
  const mine = sets.map(({ id, title, commands }): Section => ({ part: 'acts', title, rows: bestOf(query, commands.map((one, n) => rowOfCommand(`act-${id}-${n}`, one)), textOf, mostActs) }))
  return [...mine, here, { part: 'acts', title: 'Undo', rows: bestOf(query, undoRows, textOf, query === '' ? mostUndo : mostActs) }]
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

function everything(query: string, ops: readonly Row[], isOnly: boolean, { onStart, onSheet }: Acts): readonly Row[] {
  const start: Row = {
    id: 'start',
    label: query === '' ? 'New agent' : `New agent: “${query}”`,
    glyph: { icon: 'plus' },
    keys: 'Ctrl+Enter',
    run: () => onStart(query),
  }
  const sheet: Row = { id: 'sheet', label: 'Keyboard shortcuts', glyph: { icon: 'info' }, keys: '?', run: onSheet }
  const found = query === '' && !isOnly ? [] : bestOf(query, ops, textOf, isOnly ? mostOps.all : mostOps.few)
  return isOnly ? found : [...bestOf(query, [sheet], textOf, 1), ...found, start]
}

/** What the palette lists for the query; nothing of a part that was narrowed away, and no empty section. */
export function useSections(query: string, only: Part | undefined, forms: readonly OpForm[], all: Acts): readonly Section[] {
  const place = usePlace()
  const overview = useQuery(overviewQuery()).data
  const { go, onForm } = all
  const things = useMemo(() => (overview ? rowsOfThings(overview, go) : []), [overview, go])
  const ops = useMemo(() => forms.map((form) => rowOfOp(form, onForm)), [forms, onForm])
  const own = useOwnActs(query)
  const files = useFiles(query, place, go)
  const said = useSaid(query, place, go)
  const sections: readonly Section[] = [
    ...own,
    { part: 'things', title: 'Agents, worktrees and workspaces', rows: bestOf(query, things, textOf, mostThings) },
    { part: 'things', title: 'Files', rows: files },
    { part: 'said', title: 'In what was said', rows: said },
    { part: 'all', title: only === 'all' ? 'All actions' : 'Everything', rows: everything(query, ops, only === 'all', all) },
  ]
  return sections.filter(({ part, rows }) => rows.length > 0 && (only === undefined || part === only))
}
