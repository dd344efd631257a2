import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import { flushSync } from 'react-dom'
import type { OpForm } from '~/api/shape-types'
import { OperationForm } from '~/features/palette/OperationForm'
import { PaletteList } from '~/features/palette/PaletteList'
import type { Part, Row } from '~/features/palette/rows'
import { useSections } from '~/features/palette/use-sections'
import { useKeys } from '~/lib/keys'
import { Button, IconButton } from '~/ui/Button'
import { Icon } from '~/ui/Icon'
import { Kbd } from '~/ui/Kbd'
import { Modal } from '~/ui/Modal'

type PaletteProps = {
  /** What is looked for when it opens. */
  text?: string
  onClose: () => void
  /** Opens the start dialog with this prompt. */
  onStart: (prompt: string) => void
}

/** Find or run: acts of what is on screen, things, what was said, and every operation as a form. */
export function Palette(props: PaletteProps) {
  const [form, setForm] = useState<OpForm>()
  if (form) return <OperationForm form={form} onClose={props.onClose} />
  return (
    <Modal label="Find or run" onClose={props.onClose} className="mx-auto mt-[min(112px,12.5dvh)] max-h-[min(640px,80dvh)] w-[calc(100vw-24px)] max-w-[640px] open:flex open:flex-col">
      <Finder {...props} onForm={setForm} />
    </Modal>
  )
}

/** The shapes of all operations come in a chunk of their own, once the palette is open. */
function useForms(): readonly OpForm[] {
  const forms = useQuery({ queryKey: ['forms'], queryFn: async () => (await import('virtual:forms')).forms, staleTime: Infinity })
  return forms.data ?? noForms
}

const noForms: readonly OpForm[] = []
const parts: readonly (Part | undefined)[] = [undefined, 'acts', 'things', 'said', 'all']
const partNames: Record<Part, string> = { acts: 'Acts', things: 'Things', said: 'What was said', all: 'All actions' }

/** The row that is chosen: by its name, so that it stays chosen while others come; the first, once it is gone. */
function useChosen(rows: readonly Row[]) {
  const [id, setId] = useState<string>()
  const at = Math.max(0, rows.findIndex((row) => row.id === id))
  const step = (by: number) => setId(rows[(at + by + rows.length) % Math.max(1, rows.length)]?.id)
  return { chosen: rows[at], choose: setId, step }
}

/** Closes first, so that the focus is back where it came from before the act moves it. */
function runClosed(row: Row | undefined, onClose: () => void) {
  if (!row) return
  flushSync(onClose)
  row.run()
}

function Finder({ text = '', onClose, onStart, onForm }: PaletteProps & { onForm: (form: OpForm) => void }) {
  const [query, setQuery] = useState(text)
  const [only, setOnly] = useState<Part>()
  const { history } = useRouter()
  const go = useCallback((address: string) => history.push(address), [history])
  const acts = useMemo(() => ({ go, onStart, onForm }), [go, onStart, onForm])
  const forms = useForms()
  const sections = useSections(query.trim(), only, forms, acts)
  const rows = sections.flatMap((section) => section.rows)
  const { chosen, choose, step } = useChosen(rows)
  const narrow = (by: number) => setOnly(parts[(parts.indexOf(only) + by + parts.length) % parts.length])
  const toAll = () => setOnly(only === 'all' ? undefined : 'all')
  const run = (row: Row | undefined) => (row && forms.some(({ name }) => name === row.id) ? row.run() : runClosed(row, onClose))
  const back = () => {
    if (query === '') setOnly(undefined)
  }
  useKeys('overlay', [
    { keys: 'ArrowDown', label: 'move', inFields: true, canRepeat: true, run: () => step(1) },
    { keys: 'ArrowUp', label: 'move up', isQuiet: true, inFields: true, canRepeat: true, run: () => step(-1) },
    { keys: 'Enter', label: 'run', inFields: true, run: () => run(chosen) },
    { keys: 'Ctrl+Enter', label: 'new agent', inFields: true, run: () => runClosed({ id: '', label: '', glyph: { icon: 'plus' }, run: () => onStart(query.trim()) }, onClose) },
    { keys: 'Ctrl+.', label: 'all actions', run: toAll },
    { keys: 'Tab', label: 'narrow', inFields: true, run: () => narrow(1) },
    { keys: 'Shift+Tab', label: 'narrow back', isQuiet: true, inFields: true, run: () => narrow(-1) },
    { keys: 'Escape', label: 'close', run: onClose },
  ])
  return (
    <>
      <div className="flex h-13 shrink-0 items-center gap-3 border-b border-line2 px-4.5 text-lg">
        <Icon name="search" className="text-fg2" />
        {only && <span className="shrink-0 rounded-sm bg-bg4 px-1.5 text-sm">{partNames[only]}</span>}
        <input
          role="combobox"
          aria-label="Find or run"
          aria-expanded={rows.length > 0}
          aria-controls="palette-list"
          aria-activedescendant={chosen && `palette-${chosen.id}`}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          maxLength={1000}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => event.key === 'Backspace' && back()}
          className="min-w-0 flex-1 bg-transparent text-lg outline-none"
        />
        <Kbd keys="Escape" />
        <span className="sm:hidden">
          <IconButton icon="close" label="Close" onClick={onClose} />
        </span>
      </div>
      <PaletteList sections={sections} query={query} chosen={chosen?.id} onChoose={choose} onRun={run} />
      <footer className="flex h-9 shrink-0 items-center gap-3 border-t border-line px-4.5 text-sm text-fg2">
        {chosen?.command && (
          <>
            <span className="shrink-0">{chosen.command.is}</span>
            <code className="min-w-0 flex-1 truncate font-mono text-sm text-fg1">{chosen.command.text}</code>
          </>
        )}
        <span className="ml-auto">
          <Button look="quiet" isSmall keys="Ctrl+." onClick={toAll}>
            {only === 'all' ? 'Everything' : 'All actions'}
          </Button>
        </span>
      </footer>
    </>
  )
}
