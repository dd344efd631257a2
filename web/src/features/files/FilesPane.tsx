import { useEffect, useRef, useState, type RefObject } from 'react'
import { FileView } from '~/features/files/FileView'
import { FindFile } from '~/features/files/FindFile'
import { openTo, type Open } from '~/features/files/tree'
import { Tree } from '~/features/files/Tree'
import { isFocusFree, isTouch } from '~/lib/focus'
import { useKeys } from '~/lib/keys'
import { Empty } from '~/ui/Empty'

/** Which file is shown; the address carries it. */
export type FilesPlace = { file: string | undefined; line: string | undefined }

export type FilesPaneProps = {
  workspaceId: string
  worktreeId: string
  file?: string | undefined
  line?: string | undefined
  onNavigate: (place: FilesPlace) => void
}

/** The files of a worktree as they are now. A narrow pane shows the tree or the file, a wide one both. */
export function FilesPane({ workspaceId, worktreeId, file, line, onNavigate }: FilesPaneProps) {
  const ids = { workspaceId, worktreeId }
  const part = useRef<HTMLDivElement>(null)
  const field = useRef<HTMLInputElement>(null)
  const [opened, setOpened] = useState<Open>(new Map())
  const [led, setLed] = useState<string>()
  // A link to a file opens the folders on its way, once: they can be closed again.
  if (file !== undefined && file !== led) {
    setLed(file)
    setOpened((now) => openTo(now, file))
  }
  useTreeFocus(part, file === undefined)
  const show = (path: string) => onNavigate({ file: path, line: undefined })
  function find() {
    if (field.current?.offsetParent !== null) return field.current?.focus()
    // A narrow pane shows either the file or the field.
    onNavigate({ file: undefined, line: undefined })
    requestAnimationFrame(() => field.current?.focus())
  }
  useKeys('pane', [{ keys: '/', label: 'find a file', run: find }], { within: part })
  const number = line === undefined ? undefined : Number(line)
  return (
    <div ref={part} className="@container flex min-h-0 min-w-0 flex-1">
      <div className={`min-h-0 flex-col @min-[640px]:flex @min-[640px]:w-[240px] @min-[640px]:shrink-0 @min-[640px]:border-r @min-[640px]:border-line ${file === undefined ? 'flex flex-1 @min-[640px]:flex-none' : 'hidden'}`}>
        <FindFile ids={ids} field={field} onFile={show}>
          <Tree ids={ids} open={opened} onOpen={setOpened} file={file} onFile={show} />
        </FindFile>
      </div>
      {file === undefined ? (
        <div className="hidden flex-1 px-6 @min-[640px]:block">
          <Empty title="No file is open" text="Choose one at the left, or find it by the letters of its path." />
        </div>
      ) : (
        <FileView key={file} {...ids} path={file} line={number !== undefined && Number.isInteger(number) ? number : undefined} onClose={() => onNavigate({ file: undefined, line: undefined })} />
      )}
    </div>
  )
}

/** A file that closes leaves the focus in the tree. */
function useTreeFocus(part: RefObject<HTMLElement | null>, isTree: boolean) {
  const was = useRef(isTree)
  useEffect(() => {
    if (isTree && !was.current && !isTouch() && isFocusFree()) part.current?.querySelector<HTMLElement>('[role=tree]')?.focus({ preventScroll: true })
    was.current = isTree
  }, [part, isTree])
}
