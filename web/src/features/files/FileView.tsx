import { useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import type { FilePart } from '~/api/generated'
import { useFullPath, useOpenIn } from '~/api/use-open-in'
import { fileQuery } from '~/api/workspace-queries'
import { CodeEditor } from '~/features/files/CodeEditor'
import { Conflict } from '~/features/files/Conflict'
import { Gone } from '~/features/files/Gone'
import { isPicture, mostPicture, Picture } from '~/features/files/Picture'
import { nameOf } from '~/features/files/tree'
import { useEdited, type EditedFile } from '~/features/files/use-edited'
import { formatBytes, sentence } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { visible, visibleName } from '~/lib/visible'
import { Button, IconButton } from '~/ui/Button'
import { useCopy } from '~/ui/CopyButton'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Menu } from '~/ui/Menu'
import { OtherText } from '~/ui/OtherText'
import { RowAct } from '~/ui/RowAct'
import { Skeleton } from '~/ui/Skeleton'

type FileViewProps = { workspaceId: string; worktreeId: string; path: string; line: number | undefined; onClose: () => void }

/** One file: read, edited and saved where it stands. */
export function FileView({ path, line, onClose, ...ids }: FileViewProps) {
  const part = useRef<HTMLElement>(null)
  const file = useQuery(fileQuery(ids.workspaceId, ids.worktreeId, path))
  const edited = useEdited({ ...ids, path }, file)
  function toEditor() {
    const text = part.current?.querySelector('[role="textbox"]')
    if (text instanceof HTMLElement) text.focus()
  }
  const isWhole = file.data?.next === undefined
  useKeys(
    'item',
    [
      { keys: 'Ctrl+S', label: 'save', inFields: true, run: () => edited.save() },
      { keys: 'Escape', label: 'files', isQuiet: true, run: onClose },
    ],
    { within: part },
  )
  return (
    <article ref={part} aria-label={visibleName(path)} className="flex min-h-0 min-w-0 flex-1 flex-col">
      <FileBar ids={ids} path={path} file={file.data} edited={edited} line={line} onClose={onClose} />
      {edited.draft.other && (
        <div className="border-b border-line">
          <OtherText draft={edited.draft} />
        </div>
      )}
      {edited.error && <p className="border-b border-line px-3 py-1 text-sm text-err">Not saved: {visible(sentence(edited.error.message))}</p>}
      {file.data && file.error && !edited.isGone && <ReadError error={file.error} onRetry={() => void file.refetch()} />}
      {!isWhole && file.data && <p className="border-b border-line px-3 py-1 text-sm text-fg2">The first {formatBytes(2 ** 20)} of {formatBytes(file.data.size)}: a file of this size is only read here.</p>}
      <Body ids={ids} path={path} file={file.data} error={file.error} edited={edited} isWhole={isWhole} line={line} onRetry={() => void file.refetch()} onChosen={toEditor} onClose={onClose} />
    </article>
  )
}

/** What was read before stays below it. */
function ReadError({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <p role="status" className="flex items-center gap-2 border-b border-line px-3 py-1 text-sm text-err">
      <span className="min-w-0 flex-1">The file could not be read again: {visible(sentence(error.message))}</span>
      <RowAct label="Try again" run={onRetry} />
    </p>
  )
}

type Ids = { workspaceId: string; worktreeId: string }
type BodyProps = { ids: Ids; path: string; file: FilePart | undefined; error: Error | null; edited: EditedFile; isWhole: boolean; line: number | undefined; onRetry: () => void; onChosen: () => void; onClose: () => void }

function Body({ ids, path, file, error, edited, isWhole, line, onRetry, onChosen, onClose }: BodyProps) {
  // A text that was typed is shown whether or not there still is a file.
  const isOnlyTyped = !file && edited.isGone && edited.isChanged
  if (!file && error && !isOnlyTyped)
    return (
      <div className="px-4">
        <ErrorNote title={`${nameOf(path)} could not be read`} error={error} onRetry={onRetry} />
      </div>
    )
  if (!file && !isOnlyTyped)
    return (
      <div className="px-4">
        <Skeleton label="Reading the file" rows={6} />
      </div>
    )
  if (file && isPicture(path) && file.size <= mostPicture) return <Picture {...ids} path={path} digest={file.digest} />
  if (file && (file.isBinary || file.content === undefined))
    return (
      <div className="px-4">
        <Empty title={isPicture(path) ? 'A large image' : 'A binary file'} text={`${formatBytes(file.size)}; its bytes are not shown here.`} />
      </div>
    )
  return (
    <>
      <CodeEditor key={path} path={path} text={edited.text} isReadOnly={!isWhole} line={line} onText={edited.onText} onSave={edited.save} />
      {edited.isConflict && file?.content !== undefined && <Conflict disk={file.content} edited={edited} onChosen={onChosen} />}
      {edited.isGone && <Gone edited={edited} isWhole={isWhole} onChosen={onChosen} onClose={onClose} />}
    </>
  )
}

type FileBarProps = { ids: Ids; path: string; file: FilePart | undefined; edited: EditedFile; line: number | undefined; onClose: () => void }

/** Its path, whether it is saved, and where else it can be opened. */
function FileBar({ ids, path, file, edited, line, onClose }: FileBarProps) {
  const openIn = useOpenIn(ids)
  const fullPath = useFullPath(ids)
  const { copy } = useCopy()
  const name = nameOf(path)
  return (
    <header className="flex h-8 shrink-0 items-center gap-1 border-b border-line pr-1.5 pl-3">
      <span className="@min-[640px]:hidden">
        <IconButton icon="back" label="Back to the files" isSmall onClick={onClose} />
      </span>
      <h2 className="flex min-w-0 flex-1 font-mono text-sm font-normal whitespace-pre" title={visibleName(path)}>
        <span className="min-w-0 shrink-[9999] truncate text-fg2">{visibleName(path.slice(0, path.length - name.length))}</span>
        <span className="min-w-0 truncate">{visibleName(name)}</span>
      </h2>
      <span role="status" className="shrink-0 px-1 text-sm text-fg2">
        {edited.isSaving ? 'Saving' : edited.isChanged ? 'Not saved' : edited.isGone ? 'Deleted' : file && formatBytes(file.size)}
      </span>
      {edited.isChanged && !edited.isConflict && !edited.isGone && (
        <>
          <Button isSmall keys="Ctrl+S" isOff={edited.isSaving} onClick={edited.save}>
            Save
          </Button>
          <Button isSmall look="quiet" onClick={edited.takeTheirs}>
            Revert
          </Button>
        </>
      )}
      <Menu
        label={`More for ${visibleName(name)}`}
        icon="more"
        isSmall
        items={[
          { label: 'Open in editor', icon: 'edit', run: () => openIn('editor', path, line) },
          { label: 'Open in terminal', icon: 'terminal', run: () => openIn('terminal', path) },
          { label: 'Open in file manager', icon: 'folder', run: () => openIn('file_manager', path) },
          'line',
          { label: 'Copy path', icon: 'copy', run: () => copy(path) },
          { label: 'Copy full path', run: () => copy(fullPath(path) ?? path) },
        ]}
      />
    </header>
  )
}
