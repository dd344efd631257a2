import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useId, useState, type KeyboardEvent, type ReactNode, type RefObject } from 'react'
import { findQuery, mostFound } from '~/features/files/queries'
import { nameOf } from '~/features/files/tree'
import { plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Icon } from '~/ui/Icon'

type FindFileProps = {
  ids: { workspaceId: string; worktreeId: string }
  field: RefObject<HTMLInputElement | null>
  onFile: (path: string) => void
  /** What stands below the field while nothing is looked for. */
  children: ReactNode
}

/** Finds files by the letters of their paths; while something is looked for the finds stand in place of the tree. */
export function FindFile({ ids, field, onFile, children }: FindFileProps) {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const listId = useId()
  const query = useDeferredValue(text.trim())
  const found = useQuery({ ...findQuery(ids, query), placeholderData: keepPreviousData })
  const paths = query === '' ? [] : (found.data?.paths ?? [])
  const place = Math.min(at, paths.length - 1)
  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.key === 'Escape' && text !== '') leave()
    else if (event.key === 'Enter' && !event.nativeEvent.isComposing) pick(paths[place])
    else if (step !== undefined) setAt(Math.max(0, Math.min(place + step, paths.length - 1)))
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  function leave() {
    setText('')
    setAt(0)
  }
  function pick(path: string | undefined) {
    if (path === undefined) return
    leave()
    onFile(path)
  }
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="mx-2 mt-2 mb-1 flex h-7 shrink-0 items-center gap-2 rounded-md bg-bg3 px-2 text-fg2 focus-within:outline-2 focus-within:outline-accent">
        <Icon name="search" className="size-3.5" />
        <input
          ref={field}
          type="text"
          role="combobox"
          aria-label="Find a file"
          aria-expanded={query !== ''}
          aria-controls={listId}
          aria-activedescendant={paths[place] === undefined ? undefined : `${listId}-${place}`}
          placeholder="Find a file"
          autoComplete="off"
          spellCheck={false}
          maxLength={128}
          value={text}
          onChange={(event) => {
            setText(event.target.value)
            setAt(0)
          }}
          onKeyDown={onKeyDown}
          className="min-h-6 min-w-0 flex-1 bg-transparent text-fg0 outline-2 pointer-coarse:min-h-11 outline-transparent placeholder:text-fg2"
        />
      </div>
      {query === '' ? children : <Finds listId={listId} paths={paths} place={place} query={query} total={found.data?.total} error={found.error} onPick={pick} />}
    </div>
  )
}

type FindsProps = { listId: string; paths: readonly string[]; place: number; query: string; total: number | undefined; error: Error | null; onPick: (path: string) => void }

function Finds({ listId, paths, place, query, total, error, onPick }: FindsProps) {
  if (error) return <div className="px-3"><ErrorNote title="The files could not be searched" error={error} /></div>
  if (total === 0)
    return (
      <div className="px-3">
        <Empty title={`No file fits “${visibleName(query)}”`} text="Ignored files are not looked for." />
      </div>
    )
  return (
    <div className="min-h-0 flex-1 overflow-y-auto py-1">
      <div id={listId} role="listbox" aria-label="Files that fit">
        {paths.map((path, at) => (
          // Its keys are the field's, which has the focus.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={path}
            id={`${listId}-${at}`}
            role="option"
            tabIndex={-1}
            aria-selected={at === place}
            onClick={() => onPick(path)}
            className={`touch flex h-7 cursor-pointer items-center px-3 font-mono text-sm whitespace-pre hover:bg-bg3 ${at === place ? 'bg-bg4' : ''}`}
          >
            <span className="min-w-0 truncate">{visibleName(nameOf(path))}</span>
            <span className="min-w-0 shrink-[9999] truncate pl-2 text-fg2">{visibleName(path.slice(0, path.length - nameOf(path).length - 1))}</span>
          </div>
        ))}
      </div>
      {total !== undefined && total > mostFound && <p className="px-3 py-1 text-sm text-fg2">and {plural(total - mostFound, 'more')}</p>}
    </div>
  )
}
