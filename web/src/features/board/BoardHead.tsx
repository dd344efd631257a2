import { Link } from '@tanstack/react-router'
import { useRef } from 'react'
import type { BoardView } from '~/features/board/BoardPage'
import type { Sort } from '~/features/board/model'
import { useKeys } from '~/lib/keys'
import { Button, linkLook } from '~/ui/Button'
import { Icon } from '~/ui/Icon'
import { Kbd } from '~/ui/Kbd'
import { Menu } from '~/ui/Menu'
import { PageHead } from '~/ui/PageHead'
import { Segments } from '~/ui/Tabs'

const sorts: Record<Sort, string> = { needs: 'Needs me first', free: 'Free arrangement', status: 'By status', name: 'By name' }
const views = [
  { id: 'board', label: 'Board' },
  { id: 'table', label: 'Table' },
] as const

type BoardHeadProps = {
  title: string
  count: string
  workspaceId: string | undefined
  shown: BoardView
  onShow: (change: Partial<BoardView>) => void
  onStart: () => void
  onNewWorktree: (workspaceId: string) => void
}

export function BoardHead({ title, count, workspaceId, shown, onShow, onStart, onNewWorktree }: BoardHeadProps) {
  return (
    <PageHead title={title} mark={<span className="truncate text-sm text-fg2 max-md:hidden">{count}</span>}>
      <Filter value={shown.filter} onValue={(filter) => onShow({ filter })} />
      <Menu
        label="Order"
        isSmall
        text={
          <>
            {sorts[shown.sort]}
            <Icon name="down" className="size-3" />
          </>
        }
        items={(['needs', 'free', 'status', 'name'] as const).map((sort) => ({ label: sorts[sort], isOn: sort === shown.sort, run: () => onShow({ sort }) }))}
      />
      <span className="max-sm:hidden">
        <Segments label="View" tabs={views} current={shown.view} onChange={(view) => onShow({ view })} />
      </span>
      {workspaceId !== undefined && (
        <>
          <Button icon="branch" onClick={() => onNewWorktree(workspaceId)}>
            New worktree
          </Button>
          <Link to="/w/$workspaceId/settings" params={{ workspaceId }} className={linkLook('quiet')}>
            Settings
          </Link>
        </>
      )}
      <Button look="solid" icon="plus" keys="N" onClick={onStart}>
        <span className="max-sm:sr-only">New agent</span>
      </Button>
    </PageHead>
  )
}

function Filter({ value, onValue }: { value: string; onValue: (value: string) => void }) {
  const field = useRef<HTMLInputElement>(null)
  useKeys('page', [{ keys: '/', label: 'filter', run: () => field.current?.focus() }])
  return (
    <label className="flex h-7 w-55 min-w-24 items-center gap-2 rounded-md bg-bg3 px-2 text-fg2 has-focus-visible:outline-2 has-focus-visible:outline-accent max-sm:w-28">
      <Icon name="filter" className="size-3.5" />
      <input
        ref={field}
        type="search"
        value={value}
        onChange={(event) => onValue(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || event.nativeEvent.isComposing) return
          event.preventDefault()
          if (value === '') field.current?.blur()
          else onValue('')
        }}
        placeholder="Filter"
        aria-label="Filter worktrees and agents"
        className="min-w-0 flex-1 bg-transparent text-fg0 outline-none placeholder:text-fg2 [&::-webkit-search-cancel-button]:hidden"
      />
      <Kbd keys="/" />
    </label>
  )
}
