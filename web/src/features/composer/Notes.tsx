import type { ReactNode } from 'react'
import { leaveOut } from '~/api/comments'
import type { Comment } from '~/api/generated'
import type { Draft } from '~/api/ui-state'
import type { CallError } from '~/api/wire'
import { formatBytes, plural } from '~/lib/format'
import { visible } from '~/lib/visible'
import { useCopy } from '~/ui/CopyButton'
import { faultText, type Wanted } from '~/features/composer/fault-words'
import { countLines } from '~/features/composer/paste'
import type { usePaste } from '~/features/composer/use-paste'
import type { useSend } from '~/features/composer/use-send'
import { OtherText } from '~/ui/OtherText'
import { RowAct } from '~/ui/RowAct'
import { Icon } from '~/ui/Icon'

function Row({ children }: { children: ReactNode }) {
  return <div className="flex min-h-8 flex-wrap items-center gap-x-2 border-t border-line2 px-3 py-1 text-sm text-fg1 first:border-t-0">{children}</div>
}

/** What failed, in words, where it was asked for. The text is in its field. */
function Fault({ of, error, onRetry, onDismiss }: { of: Wanted; error: CallError; onRetry?: () => void; onDismiss: () => void }) {
  const text = faultText(of, error)
  const { isDone, copy } = useCopy()
  return (
    <Row>
      <Icon name="warn" className="size-3.5! text-err" />
      <span role="alert" className="min-w-0 flex-1 [overflow-wrap:anywhere] text-err">
        {visible(text)}
      </span>
      {onRetry && <RowAct label="Try again" run={onRetry} />}
      <RowAct label={isDone ? 'Copied' : 'Copy details'} run={() => copy(`${text}\n${error.code}: ${error.message}\n${new Date().toISOString()}`)} />
      <RowAct label="Dismiss" run={onDismiss} />
    </Row>
  )
}

/** Comments on the diff that go with the words. */
function CommentsAlong({ comments, isOne, onLeft }: { comments: readonly Comment[]; isOne: boolean; onLeft: () => void }) {
  if (comments.length === 0) return null
  const [goes, follows] = comments.length === 1 ? ['goes with this message', 'follows this message'] : ['go with this message', 'follow this message']
  return (
    <Row>
      <Icon name="comment" className="size-3.5!" />
      <span role="status" className="min-w-0 flex-1">
        {plural(comments.length, 'comment')} on the diff {isOne ? goes : follows}.
      </span>
      <RowAct
        label="Leave out"
        run={() => {
          leaveOut(comments)
          onLeft()
        }}
      />
    </Row>
  )
}

type LongPasteProps = { text: string; keep: string; onAttach: () => void; onKeep: () => void }

function LongPaste({ text, keep, onAttach, onKeep }: LongPasteProps) {
  return (
    <Row>
      <span role="status" className="min-w-0 flex-1">
        You pasted {plural(countLines(text), 'line')}, {formatBytes(new Blob([text]).size)}.
      </span>
      <RowAct label="Attach as a file" run={onAttach} />
      <RowAct label={keep} run={onKeep} />
    </Row>
  )
}

type NotesProps = {
  send: ReturnType<typeof useSend>
  draft: Draft
  paste: ReturnType<typeof usePaste>
  comments: readonly Comment[]
  isOnePrompt: boolean
  onRetry: () => void
  onReturn: () => void
}

/** What stands between what waits and the words: what failed, another device's text, a long paste, comments that go along. */
export function Notes({ send, draft, paste, comments, isOnePrompt, onRetry, onReturn }: NotesProps) {
  return (
    <>
      {send.error && <Fault of="send" error={send.error} onRetry={onRetry} onDismiss={send.dismiss} />}
      {send.commentsError && <Fault of="comments" error={send.commentsError} onDismiss={send.dismiss} />}
      {send.startError && <Fault of="start" error={send.startError} onDismiss={send.dismiss} />}
      {send.nowError && <Fault of="interrupt" error={send.nowError} onDismiss={send.dismiss} />}
      <OtherText draft={draft} />
      {paste.offer !== undefined && <LongPaste text={paste.offer} keep={paste.isTooLong ? 'Discard' : 'Keep as text'} onAttach={() => paste.attach(onReturn)} onKeep={() => paste.keep(onReturn)} />}
      <CommentsAlong comments={comments} isOne={isOnePrompt} onLeft={onReturn} />
    </>
  )
}
