import { useQueryClient } from '@tanstack/react-query'
import { useMemo, useRef, useState } from 'react'
import { askQuery } from '~/api/workspace-queries'
import type { Ask, AskAnswerIn } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { useFormDraft } from '~/api/ui-state'
import { useBefore } from '~/api/use-before'
import { useWholeInput } from '~/api/use-whole-input'
import type { CallError } from '~/api/wire'
import { noDraft, parseAskDraft, withPart, type AskDraft } from '~/features/ask/ask-draft'
import { readEdited } from '~/features/ask/edited'
import { settledSentence, verbOf } from '~/features/ask/words'
import { usePlace } from '~/features/ask/use-place'
import { useSettled } from '~/lib/focus'
import { readInput, type InputView } from '~/lib/tool-input'
import { toast } from '~/ui/toasts'

export type Mode = 'choose' | 'deny' | 'edit' | 'rule'
/** The decision and what goes with it; to which ask and which digest is not the caller's to say. */
export type Given = Omit<AskAnswerIn, 'askId' | 'digest'>

export type AskForm = {
  /** With all of its arguments, as far as they were read. */
  ask: Ask
  place: ReturnType<typeof usePlace>
  /** What would run: as asked, or as edited. */
  view: InputView
  mode: Mode
  setMode: (mode: Mode) => void
  edited: unknown
  /** The last edit that could be read. */
  setEdited: (input: unknown) => void
  /** What was written for it and not sent; it belongs to exactly these bytes. */
  draft: AskDraft
  write: (part: Partial<AskDraft>) => void
  /** What the screen shows of it, to which an answer applies. */
  mark: string
  /** Its end was in view, and nothing of it is missing. */
  isSeen: boolean
  onSeen: () => void
  isCut: boolean
  cutError: Error | null
  readAgain: () => void
  isBusy: boolean
  /** Why "Allow" does nothing now. */
  off: string | undefined
  error: CallError | null
  /** What a key or a click met that came too soon. */
  note: string
  answer: (given: Given) => Promise<boolean>
}

const results: Record<AskAnswerIn['decision'], string> = { allow: 'Allowed', allow_always: 'Allowed for the session', deny: 'Denied', answer: 'Answered' }

function resultText({ decision, remember, comments }: Given): string {
  if (comments !== undefined) return 'Sent back'
  if (remember === 'agent') return `${results[decision]}, also again for this agent`
  return remember === 'always' ? `${results[decision]}, and a rule was added` : results[decision]
}

/** After a refusal: who was faster, in words. True: there is nothing left to answer. */
function useLostRace(ask: Ask) {
  const client = useQueryClient()
  return async () => {
    const query = askQuery(ask.id)
    const now = (await client.fetchQuery({ ...query, staleTime: 0 })).body
    if (now.state === 'open') return false
    toast(`${verbOf(ask)}: ${settledSentence(now)}`)
    return true
  }
}

type Options = {
  /** After an answer was accepted, or when somebody else was faster. */
  onDone?: ((given: Given | undefined) => void) | undefined
}

/**
 * Everything about one ask on one screen: what is shown of it, whether it may be answered, and the answer itself. It always
 * carries the digest that is shown; what changed less than 400 ms ago takes none.
 */
export function useAskForm(row: Ask, { onDone }: Options = {}): AskForm {
  const act = useAct('answer_ask')
  const lost = useLostRace(row)
  const whole = useWholeInput({ ...row, askId: row.id }, act.error)
  const { digest = row.digest, input, isCut, cutError, readAgain } = whole
  const ask = useMemo(() => ({ ...row, input, digest }), [row, input, digest])
  const place = usePlace(row)
  const before = useBefore(input, { workspaceId: row.workspaceId, worktree: place.worktree })
  const [mode, setMode] = useState<Mode>('choose')
  const [readable, setEdited] = useState<unknown>()
  const stored = useFormDraft(`ask/${digest}/${row.id}`, parseAskDraft)
  const draft = stored.value ?? noDraft
  const edited = useMemo(() => {
    if (mode !== 'edit' || draft.edited === undefined) return undefined
    const read = readEdited(input, draft.edited)
    return 'value' in read ? read.value : readable
  }, [mode, draft.edited, input, readable])
  const shown = edited ?? input
  const view = useMemo(() => readInput(shown, row.tool, before), [shown, row.tool, before])
  const mark = `${row.id} ${digest} ${isCut ? 'cut' : 'whole'} ${before?.now ?? ''}`
  const [seen, setSeen] = useState<string>()
  const [early, setEarly] = useState<string>()
  const isSettled = useSettled(mark)
  const running = useRef(false)
  const isSeen = !isCut && seen === mark
  const isBusy = act.isPending || act.isSuccess
  const off = offText({ isCut, isSeen, isOpen: row.state === 'open' })

  async function answer(given: Given): Promise<boolean> {
    const isAllow = given.decision !== 'deny'
    if (running.current || isBusy || row.state !== 'open' || (isAllow && off !== undefined)) return false
    if (!isSettled) {
      setEarly(mark)
      return false
    }
    running.current = true
    try {
      await act.mutateAsync({ askId: row.id, digest, ...given })
      stored.drop()
      toast(`${resultText(given)}: ${verbOf(row)}`)
      onDone?.(given)
      return true
    } catch {
      if (!(await lost().catch(() => false))) return false
      stored.drop()
      onDone?.(undefined)
      return false
    } finally {
      running.current = false
    }
  }

  return {
    ask, place, view, mode, setMode, edited, setEdited, draft, mark, isSeen, isCut, cutError, readAgain, isBusy, off,
    write: (part) => stored.change((now) => withPart(now, part)),
    onSeen: () => setSeen(mark),
    error: act.error,
    note: early === mark && !isBusy ? 'This has just changed. Look at it, then press again.' : '',
    answer,
  }
}

function offText({ isCut, isSeen, isOpen }: { isCut: boolean; isSeen: boolean; isOpen: boolean }): string | undefined {
  if (!isOpen) return 'This ask can no longer be answered'
  if (isCut) return 'Available once all of it is loaded'
  return isSeen ? undefined : 'Available once you have seen all of it'
}

