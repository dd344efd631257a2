import { useRef, type KeyboardEvent } from 'react'
import { PathText } from '~/features/diff/PathText'
import type { DiffFile } from '~/features/diff/model'
import type { Viewed } from '~/features/diff/ticks'
import { fileStatuses } from '~/lib/file-status'
import { useFixedRows, useRowInSight } from '~/lib/fixed-rows'
import { formatNumber } from '~/lib/format'
import { useIsTouch } from '~/lib/use-media'
import { PlusMinus } from '~/ui/PlusMinus'
import { StatusGlyph } from '~/ui/Status'

const viewedWords: Record<Viewed, string> = { yes: 'viewed', changed: 'changed since you viewed it', no: '' }

type FileListProps = {
  files: readonly DiffFile[]
  leftOut: number
  isLeastCounted: boolean
  current: string | undefined
  viewed: (file: DiffFile) => Viewed
  isWide: boolean
  onShow: (path: string) => void
}

/** All changed files; only what is seen of them is drawn. One tab stop: arrows go from file to file. */
export function FileList(props: FileListProps) {
  const { files, current, isWide, onShow } = props
  const list = useRef<HTMLElement | null>(null)
  const isTouch = useIsTouch()
  const rowPx = isTouch ? 44 : isWide ? 28 : 24
  const { attach, first, last } = useFixedRows(rowPx, files.length)
  const place = files.findIndex(({ path }) => path === current)
  useRowInSight(list, place, rowPx)
  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const next = step === undefined ? undefined : files[Math.max(0, place) + step]
    if (!next) return
    event.preventDefault()
    onShow(next.path)
  }
  return (
    <nav
      ref={(node) => {
        list.current = node
        attach(node)
      }}
      aria-label="Changed files"
      className={`shrink-0 overflow-y-auto py-1 ${isWide ? 'w-[264px] border-r border-line max-md:max-h-40 max-md:w-full max-md:border-r-0 max-md:border-b' : 'max-h-[200px] border-b border-line max-sm:max-h-32'}`}
    >
      <ul className="relative" style={{ height: files.length * rowPx }}>
        {files.slice(first, last).map((file, at) => (
          <li key={file.path} className="absolute inset-x-0" style={{ top: (first + at) * rowPx, height: rowPx }}>
            <FileRow file={file} viewed={props.viewed(file)} isCurrent={file.path === current} isStop={file.path === current || (place < 0 && first + at === 0)} onShow={onShow} onKeyDown={onKeyDown} />
          </li>
        ))}
      </ul>
      {props.leftOut > 0 && (
        <p className="px-7.5 py-1 text-sm text-fg2">
          and {props.isLeastCounted ? 'at least ' : ''}
          {formatNumber(props.leftOut)} more
        </p>
      )}
    </nav>
  )
}

type FileRowProps = { file: DiffFile; viewed: Viewed; isCurrent: boolean; isStop: boolean; onShow: (path: string) => void; onKeyDown: (event: KeyboardEvent) => void }

function FileRow({ file, viewed, isCurrent, isStop, onShow, onKeyDown }: FileRowProps) {
  const { meta, path, isCounted } = file
  const { letter, word } = fileStatuses[meta.status]
  return (
    <button
      type="button"
      aria-current={isCurrent || undefined}
      tabIndex={isStop ? 0 : -1}
      onClick={() => onShow(path)}
      onKeyDown={onKeyDown}
      ref={(node) => {
        // Arrows move the choice; the focus follows it.
        if (isCurrent && node && document.activeElement?.closest('nav') === node.closest('nav')) node.focus({ preventScroll: true })
      }}
      className="grid h-full w-full grid-cols-[30px_18px_minmax(0,1fr)_auto] items-center gap-x-0 pr-3 [&>:last-child:not(:nth-child(3))]:pl-2 text-left -outline-offset-2 hover:bg-bg3 aria-[current=true]:bg-bg4"
    >
      <span className="flex justify-center">{viewed !== 'no' && <StatusGlyph look={viewed === 'yes' ? 'finished' : 'idle'} word={viewedWords[viewed]} />}</span>
      <abbr title={word} className={`font-mono text-xs font-medium no-underline ${meta.status === 'conflicted' ? 'text-err' : 'text-fg2'}`}>
        {letter}
      </abbr>
      <PathText path={path} />
      {isCounted && <PlusMinus added={meta.added} removed={meta.removed} isColoured />}
    </button>
  )
}
