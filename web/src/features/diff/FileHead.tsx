import type { DiffFile } from '~/features/diff/model'
import { PathText } from '~/features/diff/PathText'
import type { Viewed } from '~/features/diff/ticks'
import { visibleName } from '~/lib/visible'
import { Icon } from '~/ui/Icon'
import { Menu, type MenuItem } from '~/ui/Menu'
import { StatusGlyph } from '~/ui/Status'

const words: Record<DiffFile['meta']['status'], string> = {
  added: 'new file',
  untracked: 'new file',
  modified: '',
  renamed: 'renamed',
  deleted: 'deleted',
  copied: 'copied',
  typeChanged: 'another type',
  conflicted: 'in conflict',
}

type FileHeadProps = {
  file: DiffFile
  isFolded: boolean
  isFirst: boolean
  isCurrent: boolean
  viewed: Viewed
  /** "staged", "partly staged": where it is known and differs from what one expects. */
  stage: string | undefined
  items: readonly MenuItem[]
  onFold: () => void
  onView: () => void
}

export function FileHead({ file, isFolded, isFirst, isCurrent, viewed, stage, items, onFold, onView }: FileHeadProps) {
  const { path, meta } = file
  const name = visibleName(path)
  const notes = [words[meta.status], stage, viewed === 'changed' && 'changed since you viewed it'].filter(Boolean).join(', ')
  return (
    <div className={`flex h-8 items-center gap-1 border-b border-line bg-bg0 pr-1.5 pointer-coarse:h-11 ${isFirst ? '' : 'border-t'} ${isCurrent ? 'edge-accent' : ''}`}>
      <h2 className="flex h-full min-w-0 flex-1">
        <button type="button" aria-expanded={!isFolded} onClick={onFold} className="flex h-full min-w-0 flex-1 items-center gap-2 pl-2.5 text-left -outline-offset-2 hover:bg-bg3">
          <Icon name={isFolded ? 'chevron' : 'down'} className="size-3.5 text-fg2" />
          <PathText path={path} oldPath={meta.oldPath} />
        </button>
      </h2>
      {notes && <span className="truncate text-sm text-fg2">{notes}</span>}
      <button
        type="button"
        role="checkbox"
        aria-checked={viewed === 'yes'}
        aria-label={`Viewed ${name}`}
        onClick={onView}
        className="touch flex h-6 shrink-0 items-center gap-2 rounded-md px-1.5 text-sm text-fg2 hover:bg-bg3 hover:text-fg0"
      >
        <StatusGlyph look={viewed === 'yes' ? 'finished' : 'idle'} />
        Viewed
      </button>
      <Menu label={`More for ${name}`} icon="more" isSmall items={items} />
    </div>
  )
}
