import { useAct } from '~/api/use-act'
import { CommentBox } from '~/features/diff/CommentBox'
import { CommentView } from '~/features/diff/CommentView'
import type { DiffStore } from '~/features/diff/diff-store'
import { FileHead } from '~/features/diff/FileHead'
import { HunkView, TailView } from '~/features/diff/HunkView'
import type { DiffFile } from '~/features/diff/model'
import { gapAt } from '~/features/diff/context'
import type { Row } from '~/features/diff/rows'
import type { Ticks } from '~/features/diff/use-ticks'
import type { useCommentForm } from '~/features/diff/use-comment-form'
import type { DiffKeys } from '~/features/diff/use-diff-keys'
import type { Stage } from '~/features/diff/stage'
import type { GitActs } from '~/features/diff/use-git-acts'
import type { Reader } from '~/features/diff/use-reader'
import { visible } from '~/lib/visible'
import { Button } from '~/ui/Button'
import type { MenuItem } from '~/ui/Menu'

type RowViewProps = {
  ids: { workspaceId: string; worktreeId: string }
  file: DiffFile
  row: Row
  store: DiffStore
  reader: Reader
  ticks: Ticks
  acts: GitActs
  keys: DiffKeys
  form: ReturnType<typeof useCommentForm>
  onOpenFile: ((path: string) => void) | undefined
  isFirst: boolean
}

const stageWords: Record<Stage, string | undefined> = { all: 'staged', part: 'partly staged', none: undefined, unknown: undefined }

/** A row that is no line of code. */
export function RowView({ row, ...props }: RowViewProps) {
  const { file, store, reader, acts, form } = props
  const isCurrent = reader.cursor?.path === file.path && reader.cursor.key === row.key
  switch (row.kind) {
    case 'head':
      return <Head {...props} isCurrent={isCurrent} />
    case 'hunk': {
      const count = gapAt(file.body?.hunks ?? [], row.at, undefined).count
      return <HunkView row={row} acts={acts.hunkActs(file, row.hunk)} isCurrent={isCurrent} onExpand={() => void store.expand(file.path, row.at, count)} />
    }
    case 'tail':
      return <TailView hidden={row.hidden} onExpand={() => void store.expand(file.path, row.at, undefined)} />
    case 'comment':
      return <Comment {...props} row={row} isCurrent={isCurrent} />
    case 'form':
      return form.form ? (
        <CommentBox
          label={labelOf(form.form)}
          text={form.form.text}
          setText={form.write}
          submit="Comment"
          isBusy={form.isBusy}
          error={form.error}
          onSubmit={form.submit}
          onCancel={form.close}
        />
      ) : null
    case 'note':
      return <Note {...props} row={row} />
    case 'pending':
      return <span className="sr-only">Reading {visible(file.path)}</span>
    case 'end':
    case 'line':
      return null
    default:
      return row satisfies never
  }
}

function labelOf({ side, line, through }: { side: 'old' | 'new'; line: number; through: number }): string {
  const where = through === line ? `Comment on line ${line}` : `Comment on lines ${Math.min(line, through)} to ${Math.max(line, through)}`
  return side === 'old' ? `${where} before the change` : where
}

function Head({ file, reader, ticks, acts, keys, onOpenFile, isFirst, isCurrent }: Omit<RowViewProps, 'row'> & { isCurrent: boolean }) {
  const { path, meta } = file
  const stage = acts.stageAt(path)
  const isGone = meta.status === 'deleted'
  const { stageFile, discardFile } = acts
  const items: (MenuItem | false | undefined)[] = [
    stageFile && stage !== 'all' && { label: 'Stage file', keys: 'S', run: () => stageFile(file) },
    (stage === 'all' || stage === 'part') && { label: 'Unstage file', run: () => acts.unstageFile(file) },
    discardFile && stage !== 'all' && { label: 'Discard changes', hint: discardHint(file), isDanger: true, run: () => discardFile(file) },
    'line',
    { label: 'Copy path', icon: 'copy', run: () => keys.copyPath(path) },
    { label: 'Copy link to this file', icon: 'link', run: () => keys.copyFileLink(path) },
    !isGone && 'line',
    !isGone && onOpenFile !== undefined && { label: 'Show whole file', icon: 'file', run: () => onOpenFile(path) },
    !isGone && { label: 'Open in editor', icon: 'edit', run: () => keys.openIn('editor', path) },
    !isGone && { label: 'Open in file manager', icon: 'folder', run: () => keys.openIn('file_manager', path) },
  ]
  return (
    <FileHead
      file={file}
      isFolded={reader.folded.has(path)}
      isFirst={isFirst}
      isCurrent={isCurrent}
      viewed={ticks.viewed(file)}
      stage={stageWords[stage]}
      items={items.filter((item) => item !== false && item !== undefined)}
      onFold={() => reader.fold(path)}
      onView={() => keys.toggleViewed(file)}
    />
  )
}

/** What will be set aside. */
function discardHint({ meta }: DiffFile): string {
  if (meta.status === 'untracked') return 'The file is set aside; Undo brings it back'
  return `+${meta.added} −${meta.removed} are set aside; Undo brings them back`
}

function Comment({ ids, row, isCurrent }: Omit<RowViewProps, 'row'> & { row: Extract<Row, { kind: 'comment' }>; isCurrent: boolean }) {
  const send = useAct('send_comments', undefined, 'toasted')
  return <CommentView comment={row.comment} isPlaced={row.isPlaced} isCurrent={isCurrent} onSend={(id) => send.mutate({ ...ids, commentIds: [id] })} />
}

function Note({ file, store, row }: Omit<RowViewProps, 'row'> & { row: Extract<Row, { kind: 'note' }> }) {
  return (
    <div className="sticky left-0 flex min-h-8 w-[100cqw] items-center gap-2 px-3 py-1 text-fg2">
      <span className="min-w-0 break-words">{visible(row.text)}</span>
      {row.act === 'more' && (
        <Button isSmall onClick={() => void store.more(file.path)}>
          Show more lines
        </Button>
      )}
      {row.act === 'retry' && (
        <Button isSmall onClick={() => store.retry(file.path)}>
          Try again
        </Button>
      )}
    </div>
  )
}
