import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useRef, useState, type FormEvent } from 'react'
import type { FolderEntry } from '~/api/generated'
import { foldersQuery } from '~/api/workspace-queries'
import { useAct } from '~/api/use-act'
import { useFreeFocus } from '~/lib/focus'
import { sentence } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { TextField } from '~/ui/Field'
import { Icon } from '~/ui/Icon'
import { Skeleton } from '~/ui/Skeleton'

/** Two ways to choose a path: type it, or browse the folders that the daemon may read. */
export function OpenRepository({ onOpened }: { onOpened: (workspaceId: string) => void }) {
  const field = useRef<HTMLInputElement>(null)
  const [path, setPath] = useState('')
  const [folder, setFolder] = useState<string>()
  const open = useAct('create_workspace', ({ id }) => onOpened(id))
  useFreeFocus(field)
  function submit(event: FormEvent) {
    event.preventDefault()
    if (path.trim() !== '' && !open.isPending) open.mutate({ path: path.trim() })
  }
  return (
    <form onSubmit={submit} className="mt-3 flex flex-col gap-3">
      <div className="flex items-end gap-2">
        <div className="min-w-0 flex-1">
          <TextField
            ref={field}
            label="Path of the repository"
            placeholder="~/code/project"
            isMono
            value={path}
            onText={setPath}
            error={open.error?.details['path'] && sentence(open.error.message)}
          />
        </div>
        <Button type="submit" look="solid" isOff={open.isPending || path.trim() === ''}>
          {open.isPending ? 'Opening' : 'Open'}
        </Button>
      </div>
      {open.error && !open.error.details['path'] && <ErrorNote title="The repository could not be opened" error={open.error} />}
      <FolderBrowser
        folder={folder}
        onEnter={(entry) => {
          setFolder(entry)
          setPath(entry)
        }}
        onPick={(picked) => open.mutate({ path: picked })}
      />
    </form>
  )
}

type BrowserProps = { folder: string | undefined; onEnter: (path: string) => void; onPick: (path: string) => void }

function FolderBrowser({ folder, onEnter, onPick }: BrowserProps) {
  const folders = useQuery({ ...foldersQuery(folder), placeholderData: keepPreviousData })
  if (folders.error) return <ErrorNote title="This folder cannot be shown" error={folders.error} onRetry={() => void folders.refetch()} />
  if (!folders.data) return <Skeleton label="Reading the folders" />
  const { path, parent, entries, truncated } = folders.data
  return (
    <section aria-label="Folders">
      <div className="flex min-h-8 items-center gap-1">
        <Button isSmall look="quiet" icon="back" isOff={parent === undefined} onClick={() => parent !== undefined && onEnter(parent)}>
          Up
        </Button>
        <span className="min-w-0 truncate font-mono text-sm text-fg2">{visibleName(path)}</span>
      </div>
      {entries.length === 0 && <p className="py-2 pl-7 text-fg2">There are no folders here.</p>}
      <ul aria-label="Folders" tabIndex={-1} className="max-h-64 overflow-y-auto border-y border-line">
        {entries.map((entry) => (
          <FolderRow key={entry.path} entry={entry} onEnter={onEnter} onPick={onPick} />
        ))}
      </ul>
      {truncated && <p className="pt-1 text-sm text-fg2">There are more folders; type the path.</p>}
    </section>
  )
}

type RowProps = { entry: FolderEntry; onEnter: (path: string) => void; onPick: (path: string) => void }

function FolderRow({ entry: { name, path, isRepository }, onEnter, onPick }: RowProps) {
  return (
    <li className="flex items-center gap-1">
      <button type="button" onClick={() => onEnter(path)} className="touch grid min-h-7 min-w-0 flex-1 grid-cols-[28px_minmax(0,1fr)] items-center rounded-md text-left -outline-offset-2 hover:bg-bg3">
        <Icon name={isRepository ? 'branch' : 'folder'} className="ml-1 text-fg2" />
        <span className={`truncate ${isRepository ? 'font-medium' : 'text-fg1'}`}>
          {visibleName(name)}
          {isRepository && <span className="pl-2 text-sm font-normal text-fg2">git</span>}
        </span>
      </button>
      {isRepository && (
        <Button isSmall aria-label={`Open ${visibleName(name)}`} onClick={() => onPick(path)}>
          Open
        </Button>
      )}
    </li>
  )
}
