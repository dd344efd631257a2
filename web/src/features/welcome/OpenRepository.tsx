import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useRef, useState, type FormEvent } from 'react'
import { clonesQuery, takeClone } from '~/api/clones'
import type { FolderEntry, Workspace } from '~/api/generated'
import { foldersQuery } from '~/api/workspace-queries'
import { useFormTexts } from '~/api/ui-state'
import { useAct, useIsMounted } from '~/api/use-act'
import { Clones } from '~/features/welcome/Clones'
import { useFreeFocus } from '~/lib/focus'
import { sentence } from '~/lib/format'
import { folderOf, remoteOf } from '~/lib/remote-url'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { TextField } from '~/ui/Field'
import { Icon } from '~/ui/Icon'
import { Skeleton } from '~/ui/Skeleton'

type Texts = { typed: string | undefined; place: string | undefined }

/** Three ways to a repository: type its path, browse the folders that the daemon may read, or paste an address that is cloned. */
export function OpenRepository({ onOpened }: { onOpened: (workspaceId: string) => void }) {
  const field = useRef<HTMLInputElement>(null)
  const clones = useQuery(clonesQuery()).data
  const failed = clones?.clones.find(({ state }) => state === 'failed')
  const [folder, setFolder] = useState<string>()
  const { texts: { typed, place }, set, drop, take } = useFormTexts<Texts>('repository', { typed: undefined, place: undefined })
  const setTyped = (next: string) => set({ typed: next })
  const setPlace = (next: string) => set({ place: next })
  const open = useAct('create_workspace', ({ id }) => {
    drop()
    onOpened(id)
  })
  useFreeFocus(field)
  const clone = useAct('clone_repository')
  const isMounted = useIsMounted()
  const text = typed ?? failed?.url ?? ''
  const url = remoteOf(text)
  const target = place ?? (typed === undefined ? failed?.path : undefined) ?? (clones && url !== undefined ? folderIn(clones.folder, url) : '')
  const isPending = open.isPending || clone.isPending
  const isReady = !isPending && text.trim() !== '' && (url === undefined || target.trim() !== '')
  // A clone that began has a row of its own, also when its call was cut off with the connection.
  const hasRow = clone.error?.details['clone'] !== undefined || clones?.clones.some(({ path }) => path === clone.variables?.path)
  const error = url === undefined ? open.error : hasRow ? null : clone.error
  const textError = error?.details['path'] && url === undefined ? error : error?.details['url'] ? error : undefined
  const targetError = url !== undefined && error?.details['path'] ? error : undefined
  function goOn({ id }: Workspace) {
    take({ typed, place })
    if (!isMounted.current) return
    takeClone({ workspaceId: id })
    onOpened(id)
  }
  function submit(event: FormEvent) {
    event.preventDefault()
    if (!isReady) return
    if (url === undefined) open.mutate({ path: text.trim() })
    else clone.mutate({ url, path: target.trim() }, { onSuccess: goOn })
  }
  return (
    <form onSubmit={submit} className="mt-3 flex flex-col gap-3">
      <Clones />
      <div className="flex items-end gap-2">
        <div className="min-w-0 flex-1">
          <TextField
            ref={field}
            label="Path of the repository, or its address"
            placeholder="~/code/project or https://github.com/owner/project"
            isMono
            value={text}
            onText={setTyped}
            error={textError && sentence(textError.message)}
          />
        </div>
        {url === undefined && <Submit text={open.isPending ? 'Opening' : 'Open'} isOff={!isReady} />}
      </div>
      {url !== undefined && (
        <div className="flex items-end gap-2">
          <div className="min-w-0 flex-1">
            <TextField label="Folder that it is cloned into" isMono value={target} onText={setPlace} error={targetError && sentence(targetError.message)} />
          </div>
          <Submit text={clone.isPending ? 'Cloning' : 'Clone'} isOff={!isReady} />
        </div>
      )}
      {error && !textError && !targetError && <ErrorNote title={url === undefined ? 'The repository could not be opened' : 'The repository could not be cloned'} error={error} />}
      <FolderBrowser
        folder={folder}
        onEnter={(entry) => {
          setFolder(entry)
          if (url === undefined) setTyped(entry)
          else setPlace(folderIn(entry, url))
        }}
        onPick={url === undefined ? (picked) => open.mutate({ path: picked }) : undefined}
      />
    </form>
  )
}

const folderIn = (folder: string, url: string) => `${folder.replace(/\/$/, '')}/${folderOf(url)}`

function Submit({ text, isOff }: { text: string; isOff: boolean }) {
  return (
    <Button type="submit" look="solid" isOff={isOff}>
      {text}
    </Button>
  )
}

type BrowserProps = {
  folder: string | undefined
  onEnter: (path: string) => void
  /** Absent: repositories are only looked at. */
  onPick: ((path: string) => void) | undefined
}

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

type RowProps = { entry: FolderEntry } & Pick<BrowserProps, 'onEnter' | 'onPick'>

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
      {isRepository && onPick && (
        <Button isSmall aria-label={`Open ${visibleName(name)}`} onClick={() => onPick(path)}>
          Open
        </Button>
      )}
    </li>
  )
}
