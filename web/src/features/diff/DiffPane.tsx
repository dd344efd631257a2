import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { commentsQuery, isUnsent } from '~/api/comments'
import { CommentBar } from '~/features/diff/CommentBar'
import { chosenLines } from '~/features/diff/cursor'
import { DiffRows, wholeName, type RowPlace } from '~/features/diff/DiffRows'
import { FindBar } from '~/features/diff/FindBar'
import { FileList } from '~/features/diff/FileList'
import { useListed } from '~/features/diff/listed'
import { NothingChanged } from '~/features/diff/NothingChanged'
import { RowView } from '~/features/diff/RowView'
import type { DiffFile } from '~/features/diff/model'
import { isOfWorktree, sidesOf, type Against } from '~/features/diff/sides'
import { useTicks } from '~/features/diff/use-ticks'
import { useCommentForm } from '~/features/diff/use-comment-form'
import { useDiff } from '~/features/diff/use-diff'
import { useDiffFind } from '~/features/diff/use-diff-find'
import { useDiffKeys } from '~/features/diff/use-diff-keys'
import { useGitActs } from '~/features/diff/use-git-acts'
import { useLinked, useReader, useWanted } from '~/features/diff/use-reader'
import { useDiffView } from '~/features/diff/view'
import { visibleName } from '~/lib/visible'
import { ErrorNote } from '~/ui/ErrorNote'
import { Skeleton } from '~/ui/Skeleton'

/** Where in the diff one is; the address carries it. */
export type DiffPlace = { against?: Against; file?: string; line?: string }

export type DiffPaneProps = {
  workspaceId: string
  worktreeId: string
  /** Gets the comments; without it the worktree's only agent. */
  agentId?: string | undefined
  against: Against
  file?: string | undefined
  line?: string | undefined
  onNavigate: (place: DiffPlace) => void
  /** Shows a file as it is now. */
  onOpenFile?: ((path: string, line?: number) => void) | undefined
  /** The whole page is the diff: files at the left, and its keys work wherever the focus is. */
  isWide: boolean
  /** The composer sends the comments along with its next message. */
  isSentAlong?: boolean
}

/** What a worktree changed. Another comparison is another diff, which begins at its top. */
export function DiffPane(props: DiffPaneProps) {
  const [tries, setTries] = useState(0)
  return <Diff key={`${props.worktreeId} ${props.against} ${tries}`} {...props} retry={() => setTries((n) => n + 1)} />
}

function Diff({ retry, ...props }: DiffPaneProps & { retry: () => void }) {
  const { workspaceId, worktreeId, against, file, line, isWide, isSentAlong = false } = props
  const ids = useMemo(() => ({ workspaceId, worktreeId }), [workspaceId, worktreeId])
  const sides = useMemo(() => sidesOf(against), [against])
  const { store, state } = useDiff(ids, sides)
  useListed(worktreeId, against, state.isReady ? state.totalFiles : undefined)
  const ticks = useTicks(worktreeId, against)
  const view = useDiffView()
  const form = useCommentForm(ids, sides.from)
  const comments = useQuery(commentsQuery(workspaceId, worktreeId)).data?.comments ?? noComments
  const shownComments = isOfWorktree(sides) ? comments : noComments
  const reader = useReader({ files: state.files, isSpaceIgnored: view.isSpaceIgnored, comments: shownComments, form: form.spot, from: sides.from, isWrapped: view.isWrapped })
  const acts = useGitActs(ids, sides)
  const part = useRef<HTMLDivElement>(null)
  const [whole, setWhole] = useState<ReadonlySet<string>>(new Set())
  const { ticked } = ticks
  const want = useCallback((paths: readonly string[]) => store.want(paths, ticked), [store, ticked])
  const find = useDiffFind({ part, isWide, reader, state })
  useWanted(reader, want, find.searched)
  useLinked(reader, state.files, file, line)
  const keys = useDiffKeys({ part, ids, sides, against, reader, state, ticks, view, form, acts, isWide })
  useFormFocusReturn(form.spot !== undefined, reader.scroller)
  if (state.error && !state.isReady)
    return (
      <div className="px-6">
        <ErrorNote title="The diff could not be read" error={state.error} onRetry={retry} />
      </div>
    )
  if (!state.isReady)
    return (
      <div className="px-6">
        <Skeleton label="Reading the diff" rows={6} />
      </div>
    )
  if (state.files.length === 0) return <NothingChanged {...ids} against={against} onNavigate={props.onNavigate} />
  const pick = (place: RowPlace, isRange: boolean) => reader.setCursor(isRange && reader.cursor?.path === place.path ? { ...place, since: reader.cursor.since ?? reader.cursor.key } : place)
  return (
    <div ref={part} className="flex min-h-0 min-w-0 flex-1 flex-col">
      {isGone(state, file) && <p className="border-b border-line px-4 py-1 text-sm text-fg1">{visibleName(file ?? '')} no longer differs here.</p>}
      {find.query && <FindBar find={find} query={find.query} />}
      <div className={`flex min-h-0 flex-1 ${isWide ? 'flex-col md:flex-row' : 'flex-col'}`}>
        <FileList
          files={state.files}
          leftOut={state.totalFiles - state.files.length}
          isLeastCounted={state.isTotalLeast}
          current={reader.current}
          viewed={ticks.viewed}
          isWide={isWide}
          onShow={reader.showFile}
        />
        <DiffRows
          attach={reader.attach}
          layout={reader.layout}
          sight={reader.sight}
          cursor={reader.cursor}
          isWrapped={view.isWrapped}
          columns={reader.columns}
          whole={whole}
          watch={reader.watch}
          onPick={pick}
          onWhole={(place) => setWhole((now) => new Set([...now, wholeName(place)]))}
          render={(path, row) => {
            const found = state.files.find((one) => one.path === path)
            return found && <RowView ids={ids} file={found} row={row} store={store} reader={reader} ticks={ticks} acts={acts} keys={keys} form={form} onOpenFile={props.onOpenFile} isFirst={found === state.files[0]} />
          }}
        />
      </div>
      {state.error && (
        <div className="border-t border-line px-3">
          <ErrorNote title="The diff could not be read again; this is what it was" error={state.error} onRetry={() => void store.refresh()} />
        </div>
      )}
      <CommentBar ids={ids} agentId={props.agentId} unsent={comments.filter(isUnsent)} isSentAlong={isSentAlong} lines={chosenLines(reader.layout, reader.cursor)} keys={keys} />
    </div>
  )
}

const noComments = [] as const

/** The address names a file that this comparison, read to its end, does not have. */
function isGone({ files, totalFiles }: { files: readonly DiffFile[]; totalFiles: number }, file: string | undefined): boolean {
  return file !== undefined && files.length >= totalFiles && !files.some(({ path, meta }) => path === file || meta.oldPath === file)
}

/** A form that closes leaves the focus where its line is. */
function useFormFocusReturn(isOpen: boolean, scroller: { current: HTMLElement | null }) {
  const was = useRef(isOpen)
  useEffect(() => {
    if (was.current && !isOpen && document.activeElement === document.body) scroller.current?.focus({ preventScroll: true })
    was.current = isOpen
  }, [isOpen, scroller])
}
