import { memo } from 'react'
import type { Row } from '~/features/diff/rows'
import { visible, visibleName } from '~/lib/visible'
import { Icon } from '~/ui/Icon'

const looks = {
  context: { sign: ' ', row: '', mark: 'text-fg2' },
  added: { sign: '+', row: 'bg-[color-mix(in_oklab,var(--ok)_13%,transparent)]', mark: 'text-ok' },
  removed: { sign: '-', row: 'bg-[color-mix(in_oklab,var(--err)_13%,transparent)]', mark: 'text-err' },
} as const

export const DiffRowView = memo(function DiffRowView({ row, onFold }: { row: Row; onFold: (path: string) => void }) {
  switch (row.kind) {
    case 'file':
      return (
        <h2 className="sticky left-0 flex h-full w-[100cqw] items-center border-y border-line bg-bg1">
          <button
            type="button"
            aria-expanded={!row.isFolded}
            onClick={() => onFold(row.file.path)}
            className="flex h-full min-w-0 flex-1 items-center gap-2 px-3 text-left hover:bg-bg3 focus-visible:-outline-offset-2"
          >
            <Icon name={row.isFolded ? 'chevron' : 'down'} className="size-3 text-fg2" />
            <span className="truncate font-mono text-sm">
              {row.file.oldPath && <span className="text-fg2">{visibleName(row.file.oldPath)} → </span>}
              {visibleName(row.file.path)}
            </span>
            <span className="text-sm text-fg2">{row.file.status}</span>
          </button>
        </h2>
      )
    case 'hunk':
      return <p className="h-full bg-bg1 px-3 font-mono text-sm leading-6 whitespace-pre text-fg2">{visible(row.text)}</p>
    case 'note':
      return <p className="px-3 py-1.5 text-fg2">{row.text}</p>
    case 'line':
      return <Line row={row} />
    default:
      return row satisfies never
  }
})

function Line({ row }: { row: Extract<Row, { kind: 'line' }> }) {
  const { sign, row: look, mark } = looks[row.change]
  return (
    <p className={`flex h-full font-mono text-sm leading-5 whitespace-pre ${look}`}>
      <span className="tnum w-11 shrink-0 pr-2 text-right text-fg2 select-none max-sm:hidden">{row.old}</span>
      <span className="tnum w-11 shrink-0 pr-2 text-right text-fg2 select-none">{row.new}</span>
      <span className={`w-5 shrink-0 text-center select-none ${mark}`}>{sign}</span>
      <span className="pr-4">
        {visible(row.text)}
        {row.end.hasReturn && (
          <abbr title="carriage return" className="text-fg2 no-underline select-none">
            \r
          </abbr>
        )}
        {row.end.isCut && <span className="pl-2 text-fg2 italic select-none">no newline at the end of the file</span>}
      </span>
    </p>
  )
}
