import { useQueries } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { folderQuery } from '~/features/files/queries'
import { nameOf, parentOf, stateWords, toggled, treeRows, withPage, type Open, type TreeRow } from '~/features/files/tree'
import { useFixedRows, useRowInSight } from '~/lib/fixed-rows'
import { formatNumber, sentence } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { useIsTouch } from '~/lib/use-media'
import { visible, visiblePath } from '~/lib/visible'
import { Icon } from '~/ui/Icon'

const indentPx = 16

type TreeProps = { ids: { workspaceId: string; worktreeId: string }; open: Open; onOpen: (open: Open) => void; file: string | undefined; onFile: (path: string) => void }

/** The pages of all open folders, each read once and kept up to date. */
function usePages(ids: TreeProps['ids'], open: Open) {
  const wanted = [...new Map([...open, ['', open.get('') ?? ['']] as const])].flatMap(([folder, cursors]) => cursors.map((after) => ({ folder, after })))
  const found = useQueries({ queries: wanted.map(({ folder, after }) => folderQuery(ids, folder, after)) })
  const places = new Map(wanted.map(({ folder, after }, at) => [`${folder}\0${after}`, found[at]] as const))
  return (folder: string, after: string) => {
    const query = places.get(`${folder}\0${after}`)
    return { data: query?.data, error: query?.error, refetch: query?.refetch }
  }
}

/** Folders are read when they are opened; only the rows in sight are drawn. Arrows go about as in any tree. */
export function Tree({ ids, open, onOpen, file, onFile }: TreeProps) {
  const list = useRef<HTMLDivElement | null>(null)
  const rowPx = useIsTouch() ? 44 : 28
  const pageOf = usePages(ids, open)
  const rows = treeRows(open, pageOf)
  const [chosen, setChosen] = useState<string>()
  const currentKey = chosen ?? file ?? rows[0]?.key
  const place = rows.findIndex(({ key }) => key === currentKey)
  const { attach, first, last } = useFixedRows(rowPx, rows.length)
  useRowInSight(list, place, rowPx)
  const row = rows[place]

  function choose(at: number) {
    const next = rows[Math.max(0, Math.min(at, rows.length - 1))]
    if (next) setChosen(next.key)
  }
  function run(one: TreeRow) {
    setChosen(one.key)
    if (one.kind === 'more') onOpen(withPage(open, one.folder, one.after))
    else if (one.kind === 'failed') void pageOf(one.folder, '').refetch?.()
    else if (one.kind === 'entry') {
      if (one.entry.kind === 'folder') onOpen(toggled(open, one.entry.path))
      else onFile(one.entry.path)
    }
  }
  function right() {
    if (row?.kind !== 'entry' || row.entry.kind !== 'folder') return
    if (row.isOpen) choose(place + 1)
    else onOpen(toggled(open, row.entry.path))
  }
  function left() {
    if (row?.kind === 'entry' && row.isOpen) return onOpen(toggled(open, row.entry.path))
    const parent = row?.kind === 'entry' ? parentOf(row.entry.path) : ''
    if (parent !== '') setChosen(parent)
  }
  useKeys(
    'list',
    [
      { keys: 'ArrowDown', label: 'next', isQuiet: true, canRepeat: true, run: () => choose(place + 1) },
      { keys: 'ArrowUp', label: 'before', isQuiet: true, canRepeat: true, run: () => choose(place - 1) },
      { keys: 'Home', label: 'first', isQuiet: true, run: () => choose(0) },
      { keys: 'End', label: 'last', isQuiet: true, run: () => choose(rows.length - 1) },
      { keys: 'ArrowRight', label: 'open folder', isQuiet: true, run: right },
      { keys: 'ArrowLeft', label: 'close folder', isQuiet: true, run: left },
      { keys: 'Enter', label: 'open', run: () => row && run(row) },
    ],
    { within: list },
  )
  return (
    <div
      ref={(node) => {
        list.current = node
        attach(node)
      }}
      role="tree"
      aria-label="Files"
      tabIndex={0}
      aria-activedescendant={row && idOf(row.key)}
      className="group/tree min-h-0 flex-1 overflow-y-auto py-1 -outline-offset-2"
    >
      <div role="presentation" className="relative" style={{ height: rows.length * rowPx }}>
        {rows.slice(first, last).map((one, at) => (
          <TreeRowView key={one.key} row={one} top={(first + at) * rowPx} height={rowPx} isCurrent={one.key === currentKey} isShown={one.kind === 'entry' && one.entry.path === file} onRun={() => run(one)} />
        ))}
      </div>
    </div>
  )
}

const idOf = (key: string) => `file-${encodeURIComponent(key)}`

type TreeRowProps = { row: TreeRow; top: number; height: number; isCurrent: boolean; isShown: boolean; onRun: () => void }

function TreeRowView({ row, top, height, isCurrent, isShown, onRun }: TreeRowProps) {
  const isFolder = row.kind === 'entry' && row.entry.kind === 'folder'
  return (
    // Its keys are the tree's, which has the focus.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={idOf(row.key)}
      role="treeitem"
      tabIndex={-1}
      aria-level={row.depth + 1}
      aria-selected={isShown}
      aria-expanded={isFolder ? row.isOpen : undefined}
      onClick={onRun}
      className={`absolute inset-x-0 flex cursor-pointer items-center gap-2 pr-3 outline-none select-none hover:bg-bg3 ${isShown ? 'bg-bg4' : ''} ${isCurrent ? 'group-focus-visible/tree:edge-accent' : ''}`}
      style={{ top, height, paddingLeft: 10 + row.depth * indentPx }}
    >
      <RowText row={row} />
    </div>
  )
}

function RowText({ row }: { row: TreeRow }) {
  switch (row.kind) {
    case 'entry': {
      const { entry, isOpen } = row
      const words = stateWords(entry)
      return (
        <>
          <span className="w-3.5 shrink-0 text-fg2">{entry.kind === 'folder' && <Icon name={isOpen ? 'down' : 'chevron'} className="size-3.5" />}</span>
          <span className={`min-w-0 flex-1 truncate font-mono text-sm ${entry.isIgnored ? 'text-fg2' : entry.kind === 'folder' ? 'text-fg1' : 'text-fg0'}`}>{visiblePath(nameOf(entry.path))}</span>
          {words && <span className={`shrink-0 text-sm ${entry.state === 'conflicted' ? 'text-err' : 'text-fg2'}`}>{words}</span>}
        </>
      )
    }
    case 'more':
      return <span className="pl-5.5 text-sm text-fg1">Show {formatNumber(row.left)} more</span>
    case 'note':
      return <span className="pl-5.5 text-sm text-fg2">{row.text}</span>
    case 'failed':
      return (
        <span className="truncate pl-5.5 text-sm text-err" title={visible(row.text)}>
          {sentence(visible(row.text))} Try again
        </span>
      )
    default:
      return row satisfies never
  }
}
