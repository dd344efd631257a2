import { useRouter } from '@tanstack/react-router'
import { useEffect, useEffectEvent, useRef, type FormEvent, type RefObject } from 'react'
import { useEnter } from '~/api/enter'
import { useProgress } from '~/api/progress'
import { tooLong } from '~/api/lengths'
import { addressOfAgent } from '~/api/on-screen'
import { More } from '~/features/start/More'
import { WhereRow, WhoRow } from '~/features/start/Rows'
import { Then } from '~/features/start/Then'
import { useStart, type Opened, type Start } from '~/features/start/use-start'
import { typedLook } from '~/lib/kerning'
import { useKeys } from '~/lib/keys'
import { visible } from '~/lib/visible'
import { Button, IconButton } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { Kbd } from '~/ui/Kbd'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'
import { Modal } from '~/ui/Modal'
import { toast } from '~/ui/toasts'

const ProgressNote = lazyPart(async () => (await import('~/ui/ProgressNote')).ProgressNote)

type StartDialogProps = Opened & {
  /** What it should do; a draft that is there already stays behind it. */
  prompt?: string | undefined
  onClose: () => void
}

/** Words first, then where and who; a sentence says what will happen on disk. */
export function StartDialog({ onClose, ...opened }: StartDialogProps) {
  return (
    <Modal label="New agent" onClose={onClose} className="mx-auto mt-[min(128px,14dvh)] max-h-[84dvh] max-sm:mt-3 max-sm:max-h-[calc(100dvh-24px)] w-[calc(100vw-24px)] max-w-[720px] open:flex open:flex-col">
      <StartForm {...opened} onClose={onClose} />
    </Modal>
  )
}

/** A prompt that the dialog was opened with stands before what was being written. */
function useGivenPrompt(prompt: string | undefined, draft: Start['draft']) {
  const give = useEffectEvent(() => {
    if (prompt && !draft.text.startsWith(prompt)) draft.set([prompt, draft.text].filter(Boolean).join('\n\n'))
  })
  useEffect(() => give(), [])
}

/** What is wrong, by the row that it belongs to. */
function placedErrors(start: Start) {
  const details = start.run.error?.details ?? {}
  const of = (...names: string[]) => names.flatMap((name) => details[name] ?? []).join(', ') || undefined
  const isOfAgent = start.leftBehind().length > 0 || start.choices.where !== 'new'
  const errors = {
    where: isOfAgent ? of('worktreeId', 'branch', 'start', 'path') : of('name', 'branch', 'start', 'path', 'workspaceId'),
    who: of('adapter', 'model', 'mode', 'effort'),
    name: isOfAgent ? (of('name') ?? '') : '',
    limits: Object.fromEntries(Object.entries(details).map(([name, faults]) => [name, faults.join(', ')])),
  }
  return { ...errors, isPlaced: Boolean(errors.where ?? errors.who ?? errors.name) }
}

function StartForm({ prompt, onClose, ...opened }: StartDialogProps) {
  const { history } = useRouter()
  const field = useRef<HTMLTextAreaElement>(null)
  const start = useStart(opened, ([first], staysOpen) => {
    if (!first) return
    // Also when it was closed meanwhile: then nobody waits to be led there.
    if (staysOpen || !field.current) {
      toast(`Started ${first.name}`)
      field.current?.focus()
      return
    }
    onClose()
    history.push(addressOfAgent(first))
  })
  const { draft, run, target } = start
  useGivenPrompt(prompt, draft)
  const refusal = tooLong('create_agent', 'initialPrompt', draft.text.trim())
  const canStart = target !== undefined && refusal === undefined && !run.isPending
  const errors = placedErrors(start)
  function begin(staysOpen: boolean) {
    if (canStart) start.begin(staysOpen)
  }
  function submit(event: FormEvent) {
    event.preventDefault()
    begin(false)
  }
  const { keys } = useEnter(field, { scope: 'overlay', label: 'start', run: () => begin(false) })
  useKeys('overlay', [
    { keys: 'Ctrl+Enter', label: 'start, write the next', inFields: true, run: () => begin(true) },
    { keys: 'Escape', label: 'close, keep the draft', run: onClose },
  ])
  return (
    <form onSubmit={submit} className="flex min-h-0 flex-col">
      <header className="flex items-baseline justify-between px-5 pt-4 max-sm:items-center max-sm:pr-2">
        <h2 className="text-lg font-semibold tracking-[-0.011em]">New agent</h2>
        <span className="text-xs font-normal text-fg2 max-sm:hidden">
          <Kbd keys="Escape" /> keeps the draft
        </span>
        <span className="sm:hidden">
          <IconButton icon="close" label="Close, keep the draft" onClick={onClose} />
        </span>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <PromptField field={field} start={start} refusal={refusal} />
        <WhereRow start={start} error={errors.where} />
        <WhoRow start={start} error={errors.who} />
        <More start={start} errors={{ ...errors.limits, name: errors.name }} />
        <Then start={start} />
        {run.isPending && <Creating workspaceId={start.workspaceId} />}
        {run.error && !errors.isPlaced && (
          <div className="px-5">
            <ErrorNote title={failed(start)} error={run.error} />
          </div>
        )}
      </div>
      <footer className="flex min-h-14 shrink-0 flex-wrap items-center justify-end gap-2 border-t border-line2 bg-bg1 px-5 py-2">
        <Button look="quiet" keys="Ctrl+Enter" isOff={!canStart} onClick={() => begin(true)}>
          Start, write the next
        </Button>
        <Button type="submit" look="solid" keys={keys} isOff={!canStart}>
          Start
        </Button>
      </footer>
    </form>
  )
}

/** A large repository takes its time: how far its new worktree is. */
function Creating({ workspaceId = '' }: { workspaceId: string | undefined }) {
  const progress = useProgress('create_worktree', { workspaceId }, true)
  if (!progress) return null
  return (
    <div className="px-5">
      <LazyPart>
        <ProgressNote title="Creating the worktree" step={progress.step?.step} done={progress.step?.done} total={progress.step?.total} since={progress.since} />
      </LazyPart>
    </div>
  )
}

/** What was made before something failed stays, and is used by the next try. */
function failed(start: Start): string {
  const made = start.leftBehind().map(({ name }) => visible(name))
  return made.length > 0 ? `The worktree ${made.join(', ')} was created; the agent did not start` : 'The agent was not started'
}

type PromptFieldProps = { field: RefObject<HTMLTextAreaElement | null>; start: Start; refusal: string | undefined }

function PromptField({ field, start: { draft }, refusal }: PromptFieldProps) {
  return (
    <>
      <textarea
        ref={field}
        aria-label="What should it do?"
        placeholder="What should it do?"
        value={draft.text}
        style={typedLook(draft.text)}
        aria-invalid={refusal !== undefined || undefined}
        onChange={(event) => draft.set(event.target.value)}
        className="block max-h-[40dvh] min-h-31 w-full resize-none bg-transparent px-5 pt-2 pb-3 text-md leading-6 outline-none [field-sizing:content] placeholder:text-fg2"
      />
      {refusal !== undefined && (
        <p role="alert" className="px-5 pb-2 text-sm text-err">
          {refusal}
        </p>
      )}
    </>
  )
}
