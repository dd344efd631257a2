import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { FolderEntry } from '~/api/generated'
import { foldersQuery } from '~/api/queries'
import { useAct } from '~/api/use-act'
import { sentence } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { TextField } from '~/ui/Field'
import { Icon } from '~/ui/Icon'
import { ErrorNote, Skeleton } from '~/ui/Notes'

/** Two ways to choose a path: type it, or browse the folders that the daemon may read. */
export function OpenRepository({ onClose }: { onClose: () => void }) {
  const [path, setPath] = useState('')
  const [folder, setFolder] = useState<string>()
  const navigate = useNavigate()
  const open = useAct('create_workspace', ({ id }) => {
    onClose()
    void navigate({ to: '/w/$workspaceId', params: { workspaceId: id } })
  })
  function enter(entry: string) {
    setFolder(entry)
    setPath(entry)
  }
  return (
    <Dialog
      title="Open repository"
      submit={open.isPending ? 'Opening' : 'Open'}
      isBusy={open.isPending || path.trim() === ''}
      onSubmit={() => open.mutate({ path: path.trim() })}
      onClose={onClose}
    >
      <TextField
        label="Path of the repository"
        placeholder="~/code/project"
        isMono
        value={path}
        onText={setPath}
        error={open.error?.details['path'] && sentence(open.error.message)}
      />
      {open.error && !open.error.details['path'] && <ErrorNote title="The repository could not be opened" error={open.error} />}
      <FolderBrowser folder={folder} onEnter={enter} onPick={(picked) => open.mutate({ path: picked })} />
    </Dialog>
  )
}

type BrowserProps = { folder: string | undefined; onEnter: (path: string) => void; onPick: (path: string) => void }

function FolderBrowser({ folder, onEnter, onPick }: BrowserProps) {
  const folders = useQuery(foldersQuery(folder))
  if (folders.error)
    return <ErrorNote title="This folder cannot be shown" error={folders.error} onRetry={() => void folders.refetch()} />
  if (!folders.data) return <Skeleton rows={5} height="h-8" />
  const { path, parent, entries } = folders.data
  return (
    <section aria-label="Folders" className="flex min-h-0 flex-col overflow-hidden rounded-md border border-line">
      <div className="flex items-center gap-1 border-b border-line bg-bg1 py-1 pr-2 pl-1">
        <Button isSmall look="quiet" icon="back" disabled={!parent} onClick={() => parent && onEnter(parent)}>
          Up
        </Button>
        <span className="truncate font-mono text-sm text-fg1">{visibleName(path)}</span>
      </div>
      {entries.length === 0 ? (
        <p className="p-3 text-fg2">There are no folders here.</p>
      ) : (
        <ul className="max-h-64 overflow-y-auto py-1">
          {entries.map((entry) => (
            <FolderRow key={entry.path} entry={entry} onEnter={onEnter} onPick={onPick} />
          ))}
        </ul>
      )}
    </section>
  )
}

type RowProps = { entry: FolderEntry; onEnter: (path: string) => void; onPick: (path: string) => void }

function FolderRow({ entry, onEnter, onPick }: RowProps) {
  return (
    <li className="flex items-center gap-1 px-1">
      <button
        type="button"
        onClick={() => onEnter(entry.path)}
        className="touch flex h-7 min-w-0 flex-1 items-center gap-2 rounded-sm px-2 text-left hover:bg-bg3"
      >
        <Icon name={entry.isRepository ? 'branch' : 'folder'} className={entry.isRepository ? 'text-accent' : 'text-fg2'} />
        <span className="truncate">{visibleName(entry.name)}</span>
        {entry.isRepository && <span className="text-xs text-fg2">git</span>}
      </button>
      {entry.isRepository && (
        <Button isSmall aria-label={`Open ${visibleName(entry.name)}`} onClick={() => onPick(entry.path)}>
          Open
        </Button>
      )}
    </li>
  )
}
