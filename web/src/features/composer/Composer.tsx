import { type ReactNode, type RefObject, useEffect, useId, useMemo, useRef, useState } from 'react'
import { isAlive } from '~/api/agents'
import type { Agent } from '~/api/generated'
import { tooLong } from '~/api/lengths'
import { useSwappedEnter } from '~/api/enter'
import { useDraft } from '~/api/ui-state'
import { Bottom } from '~/features/composer/Bottom'
import { useAttachments } from '~/features/composer/use-attachments'
import { isOnePrompt, useComments } from '~/features/composer/use-comments'
import { useComposerState } from '~/features/composer/use-composer-state'
import { useDropTarget } from '~/features/composer/use-drop-target'
import { useHistory } from '~/features/composer/use-history'
import { useInterrupt } from '~/features/composer/use-interrupt'
import { usePaste } from '~/features/composer/use-paste'
import { useSend } from '~/features/composer/use-send'
import { useUnfolded } from '~/features/composer/use-unfolded'
import { Words } from '~/features/composer/Words'
import { isFocusFree, isTouch } from '~/lib/focus'
import { visibleName } from '~/lib/visible'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'
import { toastUndo } from '~/ui/toasts'

const Queue = lazyPart(async () => (await import('~/features/composer/Queue')).Queue)
const Attachments = lazyPart(async () => (await import('~/features/composer/Attachments')).Attachments)
const Notes = lazyPart(async () => (await import('~/features/composer/Notes')).Notes)
const Doubts = lazyPart(async () => (await import('~/features/composer/Doubts')).Doubts)

type ComposerProps = {
  agent: Agent
  /** The agent's open ask, bound to the composer: one raised thing. */
  ask?: ReactNode
  /** For whoever gives the focus to the words. */
  field?: RefObject<HTMLTextAreaElement | null>
  /** The part of the page that takes files for it, where it is not the whole; the focus stays where it is when it opens. */
  area?: RefObject<HTMLElement | null> | undefined
  /** A prompt that did not go through the queue. */
  onSent?: (messageId: string) => void
}

/** Opening an agent and typing writes to it. Who is at something else on its page stays there: the time bar ends at now by keys. */
function useFirstFocus(field: RefObject<HTMLTextAreaElement | null>, isOn: boolean) {
  useEffect(() => {
    if (isOn && !isTouch() && (isFocusFree() || !document.activeElement?.closest('#content'))) field.current?.focus({ preventScroll: true })
  }, [field, isOn])
}

/** What one agent gets next: its ask, what waits, the words, the files that go with them, and how it works on. */
export function Composer({ agent, ask, field: given, area, onSent }: ComposerProps) {
  const own = useRef<HTMLTextAreaElement>(null)
  const field = given ?? own
  const state = useComposerState(agent.id)
  const draft = useDraft(agent.id)
  const files = useAttachments(agent.id)
  const history = useHistory(agent.id, state.promptIds)
  const interrupt = useInterrupt(agent, state.turn)
  const [isSwapped] = useSwappedEnter()
  const paste = usePaste(agent.id, draft, files)
  const isOver = useDropTarget(files.add, area)
  const refusalId = useId()
  const { isUnfolded, ...focusing } = useUnfolded()
  useFirstFocus(field, area === undefined)
  // An earlier prompt that is sent again is no part of the draft behind it.
  const isOfDraft = useRef(true)
  const send = useSend(agent, {
    onSent: ({ content, attachments }, { messageId, status, running }) => {
      if (isOfDraft.current) draft.take(content)
      files.take(attachments)
      history.leave()
      if (status === 'sent' || !running) onSent?.(messageId)
    },
  })
  const text = history.walk?.text ?? draft.text
  const comments = useComments(agent, text)
  const refusal = useMemo(() => tooLong('send_message_to_agent', 'content', text.trim()), [text])
  const { isUploading } = files
  const sending = { content: text.trim(), attachments: files.files.map(({ id }) => id) }
  const canSend = text.trim() !== '' && !send.isPending && refusal === undefined && !isUploading
  // Also when the last prompt is sent while it is being edited.
  const [hasQueue, setHasQueue] = useState(false)
  if (state.queued.length > 0 && !hasQueue) setHasQueue(true)
  const hasFault = Boolean(send.error ?? send.commentsError ?? send.startError ?? send.nowError)
  const hasNotes = hasFault || draft.other !== undefined || paste.offer !== undefined || comments.length > 0
  const focus = () => field.current?.focus()
  function setText(next: string) {
    const before = draft.text
    if (history.walk && before.trim() !== '') toastUndo('An earlier prompt has replaced your draft', () => draft.set(before))
    history.leave()
    draft.set(next)
  }
  const wasNow = useRef(false)
  function submit(isNow: boolean) {
    wasNow.current = isNow
    if (!canSend) return
    isOfDraft.current = history.walk === undefined
    send.run(sending, { comments, isNow })
  }
  const leaveHistory = history.walk && { label: 'back to the draft', run: history.leave }
  const interruptTwice = interrupt.isOn ? { label: interrupt.isArmed ? 'interrupt' : 'twice interrupts', run: interrupt.press } : undefined
  return (
    <section
      aria-label="Composer"
      data-raised=""
      data-foot=""
      data-unfolded={isUnfolded || undefined}
      {...focusing}
      className="group/dock relative mx-4 mb-3 flex max-h-[75dvh] min-h-0 flex-col rounded-lg bg-bg2 dock-edge has-[textarea:focus]:dock-edge-typed max-sm:mx-2 max-sm:mb-2"
    >
      {ask !== undefined && <div className="flex min-h-14 flex-col overflow-y-auto rounded-t-lg [&:empty]:hidden">{ask}</div>}
      <div className={`min-h-0 overflow-y-auto [&:empty]:hidden ${ask === undefined ? 'border-b border-line2' : ''}`}>
        {state.doubtful.length + state.unanswered.length > 0 && (
          <LazyPart>
            <Doubts agent={agent} state={state} onSent={(messageId) => onSent?.(messageId)} />
          </LazyPart>
        )}
        {hasQueue && (
          <LazyPart>
            <Queue agent={agent} state={state} isShort={ask !== undefined} onReturn={focus} />
          </LazyPart>
        )}
        {hasNotes && (
          <LazyPart>
            <Notes {...{ send, draft, paste, comments }} isOnePrompt={isOnePrompt(sending)} onRetry={() => submit(wasNow.current)} onReturn={focus} />
          </LazyPart>
        )}
        {files.files.length + files.uploads.length > 0 && (
          <LazyPart>
            <Attachments files={files.files} uploads={files.uploads} onRemove={(id) => { files.remove(id); focus() }} onCancel={(key) => { files.cancel(key); focus() }} onRetry={(key) => { files.retry(key); focus() }} />
          </LazyPart>
        )}
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit(false)
        }}
        className={`relative shrink-0 px-3 pt-2.5 pb-2 max-sm:flex max-sm:flex-wrap max-sm:items-end max-sm:px-1 max-sm:py-0.5 ${ask === undefined ? '' : 'border-t border-line2'}`}
      >
        <Words
          {...{ agent, state, field, text, history }}
          placeholder={ask === undefined ? `Message ${visibleName(agent.name)}` : 'Queue behind the ask'}
          isShort={ask !== undefined}
          refusalId={refusal === undefined ? undefined : refusalId}
          onText={setText}
          onSend={submit}
          escape={leaveHistory ?? interruptTwice}
          onPaste={paste.onPaste}
        />
        {refusal !== undefined && (
          <p id={refusalId} role="alert" className="pt-1 text-xs text-err max-sm:order-last max-sm:basis-full max-sm:px-2">
            {refusal}
          </p>
        )}
        <Bottom {...{ agent, text, canSend, interrupt, isUploading }} isSending={send.isPending} isAlive={isAlive(agent)} isSwapped={isSwapped} turns={state.promptIds.length} onFiles={files.add} onInsert={(more) => { setText([text.trimEnd(), more].filter(Boolean).join('\n\n')); focus() }} />
      </form>
      {isOver && <DropNote name={agent.name} />}
    </section>
  )
}

function DropNote({ name }: { name: string }) {
  return (
    <div className="pointer-events-none fixed inset-0 z-40 flex items-center justify-center bg-scrim">
      <p className="rounded-lg bg-bg2 px-4 py-3 font-medium pop">Drop files to attach them to your message to {visibleName(name)}</p>
    </div>
  )
}
