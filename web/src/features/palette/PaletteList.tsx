import { pieces } from '~/features/palette/match'
import type { Row, Section } from '~/features/palette/rows'
import { visibleName } from '~/lib/visible'
import { Icon } from '~/ui/Icon'
import { Kbd } from '~/ui/Kbd'
import { StatusGlyph } from '~/ui/Status'

type PaletteListProps = {
  sections: readonly Section[]
  query: string
  chosen: string | undefined
  onChoose: (id: string) => void
  onRun: (row: Row) => void
}

/** The chosen row stays in view. */
function toView(row: HTMLElement | null) {
  row?.scrollIntoView({ block: 'nearest' })
}

export function PaletteList({ sections, query, chosen, onChoose, onRun }: PaletteListProps) {
  if (sections.length === 0) return <p className="px-4.5 py-4 text-fg2">No matches. Ctrl Enter starts an agent with it.</p>
  return (
    <div id="palette-list" role="listbox" aria-label="What fits" className="min-h-0 flex-1 overflow-y-auto pb-2">
      {sections.map(({ title, rows }, n) => (
        <div key={`${n}-${title}`} role="group" aria-label={visibleName(title)}>
          <div aria-hidden="true" className="truncate px-4.5 pt-2.5 pb-1 text-xs font-medium text-fg2">
            {visibleName(title)}
          </div>
          {rows.map((row) => (
            <Option key={row.id} row={row} query={query} isChosen={row.id === chosen} onChoose={onChoose} onRun={onRun} />
          ))}
        </div>
      ))}
    </div>
  )
}

type OptionProps = { row: Row; query: string; isChosen: boolean } & Pick<PaletteListProps, 'onChoose' | 'onRun'>

/** The focus stays in the field: a row is chosen by the arrows, or by the pointer that moves over it. */
function Option({ row, query, isChosen, onChoose, onRun }: OptionProps) {
  const { id, label, hint, glyph, keys } = row
  return (
    <button
      type="button"
      ref={isChosen ? toView : null}
      id={`palette-${id}`}
      role="option"
      aria-selected={isChosen}
      tabIndex={-1}
      onPointerMove={() => isChosen || onChoose(id)}
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => onRun(row)}
      className="touch mx-1.5 flex h-9 w-[calc(100%-12px)] items-center gap-2.5 rounded-md px-3 text-left text-fg1 select-none aria-selected:bg-bg4 aria-selected:text-fg0"
    >
      {'look' in glyph ? <StatusGlyph look={glyph.look} word={glyph.word} className="mx-px" /> : <Icon name={glyph.icon} />}
      <span className="min-w-0 flex-1 truncate">
        <span className="font-medium text-fg0">
          {pieces(query, visibleName(label)).map(({ text, isHit }, n) =>
            isHit ? (
              <mark key={n} className="bg-transparent font-semibold text-accent">
                {text}
              </mark>
            ) : (
              text
            ),
          )}
        </span>{' '}
        {hint && <span className="ml-1.5 text-fg2">{visibleName(hint)}</span>}
      </span>
      {keys && <Kbd keys={keys} />}
    </button>
  )
}
