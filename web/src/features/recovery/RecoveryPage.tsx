import { getRouteApi } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import type { Trash } from '~/api/generated'
import { DeleteSalvages } from '~/features/recovery/DeleteSalvages'
import { Detail } from '~/features/recovery/Detail'
import { EmptyTrash } from '~/features/recovery/EmptyTrash'
import { RowList } from '~/features/recovery/RowList'
import { keepText, shownRows, type AnyRow, type Kind } from '~/features/recovery/rows'
import { useRows } from '~/features/recovery/use-rows'
import { formatBytes } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { Button } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Icon } from '~/ui/Icon'
import { Kbd } from '~/ui/Kbd'
import { Main, Scroll } from '~/ui/Main'
import { Skeleton } from '~/ui/Skeleton'
import { Segments } from '~/ui/Tabs'

const route = getRouteApi('/recovery')

export function RecoveryPage() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const kind = search.kind ?? 'all'
  const { rows, names, keep, rest, trash, error, isPending, isLooking, refetch } = useRows(kind, search)
  const shown = shownRows(rows, kind, search.find ?? '')
  // Nothing is chosen that nobody asked for: a key restores it.
  const chosen = shown.find(({ id }) => id === search.at)
  const isAsked = search.at !== undefined
  return (
    <Main title="Recovery">
      <Scroll>
        <div className="grid grid-cols-[minmax(0,1fr)_344px] items-start gap-x-10 max-md:grid-cols-1">
          <Head kind={kind} rows={rows} find={search.find ?? ''} isChecked={!isPending} />
          <p className={`col-span-full mb-4 text-fg2 ${isAsked ? 'max-md:hidden' : ''}`}>
            What Muster set aside before it changed anything. Restoring sets the present state aside first, so that it can be undone, too. {keepText(keep)}
          </p>
          <div className={`min-w-0 ${isAsked ? 'max-md:hidden' : ''}`}>
            {trash && <TrashLine trash={trash} />}
            {kind === 'salvages' && shown.length > 0 && <SalvagesLine rows={rows} />}
            {error && <ErrorNote title="Not everything could be read" error={error} onRetry={refetch} />}
            {isPending && <Skeleton label="Reading what was set aside" rows={6} />}
            {!isPending && !error && shown.length === 0 && (rest.length === 0 || search.find) && <Nothing kind={kind} find={search.find} />}
            {shown.length > 0 && (
              <RowList rows={shown} chosen={chosen?.id} isAsked={isAsked} onChoose={(at) => void navigate({ search: ({ w: _w, wt: _wt, ...now }) => ({ ...now, at }), replace: true })} />
            )}
            {!isPending &&
              rest.map((text) => (
                <p key={text} className="pt-3 pl-7 text-fg2">
                  {text}
                </p>
              ))}
          </div>
          {shown.length + Number(isAsked) > 0 && (
            <aside aria-label="What is chosen" className={`sticky top-0 min-w-0 ${isAsked ? '' : 'max-md:hidden'}`}>
              <div className="mb-2 md:hidden">
                <Button look="quiet" icon="back" onClick={() => void navigate({ search: ({ at: _at, w: _w, wt: _wt, ...now }) => now, replace: true })}>
                  All
                </Button>
              </div>
              {chosen ? <Detail key={chosen.id} row={chosen} names={names} onDone={refetch} /> : <NoneChosen isAsked={isAsked} isLooking={isPending || isLooking} isCheckpoint={kind === 'checkpoints'} />}
            </aside>
          )}
        </div>
      </Scroll>
    </Main>
  )
}

type NoneChosenProps = { isAsked: boolean; isLooking: boolean; isCheckpoint: boolean }

function NoneChosen({ isAsked, isLooking, isCheckpoint }: NoneChosenProps) {
  if (!isAsked) return <p className="pt-3 text-fg2">Choose what to look at: it says what restoring would replace.</p>
  if (isLooking) return <Skeleton label="Reading what was set aside" rows={3} />
  return <p className="pt-3 text-fg1">{isCheckpoint ? 'This checkpoint is no longer kept.' : 'The chosen item is no longer in this list.'}</p>
}

const kindWords: Readonly<Record<Kind, string>> = { all: 'All', trash: 'Trash', salvages: 'Salvages', checkpoints: 'Checkpoints', agents: 'Agents', locks: 'Locks' }

type HeadProps = { kind: Kind; rows: readonly AnyRow[]; find: string; isChecked: boolean }

function Head({ kind, rows, find, isChecked }: HeadProps) {
  const navigate = route.useNavigate()
  const field = useRef<HTMLInputElement>(null)
  useKeys('pane', [{ keys: '/', label: 'filter', run: () => field.current?.focus() }])
  const count = (of: Kind) => rows.filter((row) => row.kind === of).length
  const tabs = (['all', 'trash', 'salvages', 'checkpoints', 'agents', 'locks'] as const)
    .filter((id) => id !== 'locks' || kind === 'locks' || count('locks') > 0)
    .map((id) => ({ id, label: kindWords[id], count: id === 'all' || !isChecked || count(id) === 0 ? undefined : count(id) }))
  return (
    <div className="col-span-full flex min-h-9 flex-wrap items-center gap-3">
      <h1 className="mr-auto text-xl font-semibold tracking-[-0.016em]">Recovery</h1>
      <div className="max-w-full overflow-x-auto">
        <Segments label="Kind" tabs={tabs} current={kind} onChange={(next) => void navigate({ search: ({ at: _at, w: _w, wt: _wt, ...now }) => ({ ...now, kind: next }), replace: true })} />
      </div>
      <label className="touch flex h-7 w-50 items-center gap-2 rounded-md bg-bg3 px-2 max-sm:mb-2 max-sm:w-full focus-within:outline-2 focus-within:outline-accent">
        <Icon name="filter" className="size-3.5 text-fg2" />
        <input
          ref={field}
          type="search"
          aria-label="Filter"
          placeholder="Filter"
          value={find}
          onChange={(event) => void navigate({ search: (now) => ({ ...now, find: event.target.value }), replace: true })}
          className="min-w-0 flex-1 bg-transparent outline-none placeholder:text-fg2"
        />
        <Kbd keys="/" />
      </label>
    </div>
  )
}

/** How full the trash is, and the one act on all of it. */
function TrashLine({ trash }: { trash: Trash }) {
  const [isOpen, setOpen] = useState(false)
  const { totalBytes, capBytes, isOverCap, overdue, entries } = trash
  const share = capBytes === 0 ? 0 : Math.min(100, (100 * totalBytes) / capBytes)
  return (
    <div className="mb-4">
      {capBytes > 0 && (
        <div aria-hidden="true" className="my-1 flex h-1.5 gap-0.5 bg-transparent">
          <span className="rounded-[1px] bg-fg2" style={{ width: `${share}%` }} />
          <span className="flex-1 rounded-[1px] bg-line" />
        </div>
      )}
      <div className="flex min-h-7 flex-wrap items-center gap-x-5 text-sm text-fg2">
        <span>
          <strong className="font-medium text-fg0">{formatBytes(totalBytes)}</strong> trash
        </span>
        {overdue > 0 && <span className="text-wait">{overdue} past their deadline</span>}
        <span className="ml-auto">
          {capBytes === 0 ? 'no limit' : `${isOverCap ? 'over' : 'of'} ${formatBytes(capBytes)}`}; nothing in the trash is deleted without you
        </span>
        {entries.length > 0 && (
          <Button isSmall look="danger" onClick={() => setOpen(true)}>
            Empty trash
          </Button>
        )}
      </div>
      {isOpen && <EmptyTrash trash={trash} onClose={() => setOpen(false)} />}
    </div>
  )
}

/** The one act on all salvages: they stay until somebody deletes them. */
function SalvagesLine({ rows }: { rows: readonly AnyRow[] }) {
  const [isOpen, setOpen] = useState(false)
  const workspaceIds = [...new Set(rows.flatMap((row) => (row.kind === 'salvages' ? [row.workspaceId] : [])))]
  return (
    <div className="mb-2 flex justify-end">
      <Button isSmall look="danger" onClick={() => setOpen(true)}>
        Delete old salvages…
      </Button>
      {isOpen && <DeleteSalvages workspaceIds={workspaceIds} onClose={() => setOpen(false)} />}
    </div>
  )
}

const nothing: Readonly<Record<Kind, string>> = {
  all: 'Muster sets files aside before it removes, discards, merges or restores anything. Nothing of that has happened yet.',
  trash: 'A removed worktree goes to the trash with all of its files.',
  salvages: 'A salvage is made before files are discarded, merged or restored.',
  checkpoints: 'A checkpoint is made at each turn of an agent, and at each tool that may change a file.',
  agents: 'An archived agent keeps its transcript and can be restored.',
  locks: 'No lock keeps git from a worktree.',
}

const commands: Partial<Record<Kind, string>> = { all: 'trash list', trash: 'trash list', agents: 'agent archived' }

function Nothing({ kind, find }: { kind: Kind; find: string | undefined }) {
  const command = commands[kind]
  if (find) return <p className="py-3 text-fg1">Nothing that was set aside has these words.</p>
  return <Empty title="Nothing is set aside." text={nothing[kind]} {...(command !== undefined && { command })} />
}
