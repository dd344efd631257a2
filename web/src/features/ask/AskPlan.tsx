import { useMemo, useRef, useState } from 'react'
import { BackButton } from '~/features/ask/BackButton'
import { useFormKeys } from '~/features/ask/use-form-keys'
import { useGrants } from '~/features/ask/AskFacts'
import { KeyMark } from '~/features/ask/KeyMark'
import { PlanRow } from '~/features/ask/PlanRow'
import { withLine } from '~/features/ask/ask-draft'
import { commentList, linesWithComments, planLines, stepLine, withComment, type Comments } from '~/features/ask/plan-lines'
import type { AskForm } from '~/features/ask/use-ask-form'
import { ToEnd } from '~/features/ask/ToEnd'
import { planOf } from '~/features/ask/words'
import { plural } from '~/lib/format'
import type { Key } from '~/lib/keys'
import { otherThanPlan } from '~/lib/tool-input'
import { visible } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { EndMark } from '~/ui/EndMark'
import { TextArea } from '~/ui/Field'

/** So many lines that hold something are shown at once. */
const mostClosed = 8

export type PlanForm = ReturnType<typeof usePlan>

/** The plan, where the reader is in it, and what was said to its lines. */
export function usePlan(form: AskForm, focus: () => void) {
  const { ask } = form
  const isPlan = ask.kind === 'plan'
  const text = isPlan ? planOf(ask) : ''
  const { rows, rest } = useMemo(() => planLines(text), [text])
  const [opened, setOpened] = useState<string>()
  const [line, setLine] = useState(1)
  const [writing, setWriting] = useState<number>()
  const { draft, write: keep } = form
  const comments = useMemo<Comments>(() => new Map(draft.comments.map(({ line: at, text: said }) => [at, said])), [draft.comments])
  const isOpen = opened === form.mark || rows.filter(({ kind }) => kind !== 'blank').length <= mostClosed
  const most = linesWithComments(ask.plan)
  const write = (at: number) => {
    setLine(at)
    if (at <= most && !ask.decisionOnly) setWriting(at)
  }
  const approve = () => void form.answer({ decision: 'allow' })
  const send = () => void form.answer({ decision: 'deny', comments: commentList(comments) })
  const keys: readonly Key[] = isPlan
    ? [
        { keys: 'ArrowDown', label: 'next line', isQuiet: true, run: () => setLine((now) => stepLine(rows, now, 1)) },
        { keys: 'ArrowUp', label: 'line before', isQuiet: true, run: () => setLine((now) => stepLine(rows, now, -1)) },
        { keys: 'c', label: 'comment the line', run: () => write(line) },
        { keys: 'a', label: 'approve', isQuiet: form.off !== undefined, run: approve },
      ]
    : []
  return {
    rows, rest, isOpen, most, line, setLine, writing, comments, write, approve, send, keys,
    open: () => setOpened(form.mark),
    close: () => {
      setWriting(undefined)
      focus()
    },
    noteOf: (at: number) => draft.notes.find((one) => one.line === at)?.text,
    note: (at: number, said: string) => keep({ notes: withLine(draft.notes, at, said) }),
    say: (at: number, said: string) => keep({ comments: commentList(withComment(comments, at, said)), notes: withLine(draft.notes, at, '') }),
  }
}

type Props = { form: AskForm; plan: PlanForm; isWithin: boolean; isBounded: boolean }

/** The plan line by line: each can be commented. */
export function PlanLines({ form, plan, isBounded }: Props) {
  const { rows, rest, isOpen, line, writing, comments, most } = plan
  const part = useRef<HTMLDivElement>(null)
  const other = otherThanPlan(form.ask.input)
  const shown = isOpen ? rows : rows.filter(({ kind }) => kind !== 'blank').slice(0, mostClosed)
  const more = rows.filter(({ kind }) => kind !== 'blank').length - mostClosed
  return (
    <div ref={part}>
      <div
        className={isOpen && isBounded ? 'max-h-[40dvh] overflow-y-auto max-sm:max-h-[34dvh]' : ''}
        {...(isOpen && { role: 'region', 'aria-label': 'Plan', tabIndex: 0 })}
      >
        <ol>
          {shown.map((row) => (
            <PlanRow
              key={row.line}
              row={row}
              isCurrent={row.line === line}
              comment={comments.get(row.line)}
              note={writing === row.line ? (plan.noteOf(row.line) ?? comments.get(row.line) ?? '') : undefined}
              canComment={row.line <= most && !form.ask.decisionOnly}
              onPick={() => plan.setLine(row.line)}
              onWrite={() => plan.write(row.line)}
              onNote={(text) => plan.note(row.line, text)}
              onSay={(text) => {
                plan.say(row.line, text)
                plan.close()
              }}
              onBack={plan.close}
            />
          ))}
        </ol>
        {!isOpen && (
          <p className="py-1.5 pl-[34px] text-fg2">
            {more} more
            <button type="button" data-show-all="" onClick={plan.open} className="touch ml-2 min-h-6 font-medium text-fg1 hover:text-fg0 hover:underline">
              Show all
            </button>
          </p>
        )}
        {isOpen && rest !== '' && <p className="pr-3 pl-[34px] text-md [overflow-wrap:anywhere] whitespace-pre-wrap">{visible(rest)}</p>}
        {isOpen && other !== undefined && (
          <div className="mt-2 border-t border-line2 py-2 pr-3 pl-[34px]">
            <p className="text-sm text-fg2">Approved together with it</p>
            <p className="font-mono text-sm [overflow-wrap:anywhere] whitespace-pre-wrap">{visible(other)}</p>
          </div>
        )}
        {isOpen && <EndMark onSeen={form.onSeen} />}
      </div>
      {isOpen && more > 0 && !form.isSeen && (
        <div className="pl-[34px]">
          <ToEnd lines={rows.length} within={part} />
        </div>
      )}
    </div>
  )
}

export function PlanActions({ form, plan, isWithin }: Omit<Props, 'isBounded'>) {
  const grants = useGrants(form)
  const { comments } = plan
  const isOff = form.isBusy || form.off !== undefined
  return (
    <div className="flex flex-wrap items-center gap-1">
      <Button look={comments.size > 0 ? 'plain' : 'solid'} isOff={isOff} onClick={plan.approve}>
        Approve
        <KeyMark keys="A" isOn={isWithin && !isOff} />
      </Button>
      {grants.length > 0 && (
        <Button look="quiet" isOff={isOff} title={visible(grants.join('; '))} onClick={() => void form.answer({ decision: 'allow_always' })}>
          Approve for this session
        </Button>
      )}
      {comments.size > 0 && (
        <Button look="solid" isOff={form.isBusy} onClick={plan.send}>
          Send {plural(comments.size, 'comment')}
        </Button>
      )}
      <Button look="danger" isOff={form.isBusy} onClick={() => form.setMode('deny')}>
        Send back…
        <KeyMark keys="D" isOn={isWithin} />
      </Button>
      {form.off !== undefined && <span className="text-sm text-fg2">{form.off}</span>}
    </div>
  )
}

type CommentProps = { line: number; text: string; onText: (text: string) => void; onSay: (text: string) => void; onBack: () => void }

export function CommentField({ line, text, onText, onSay, onBack }: CommentProps) {
  const part = useFormKeys(onBack, () => onSay(text))
  return (
    <div className="flex flex-col gap-1.5 py-1.5 pr-3 pl-[34px]" ref={part}>
      <TextArea label={`Comment on line ${line}`} rows={2} autoFocus maxLength={1000} value={text} onText={onText} />
      <div className="flex gap-1">
        <Button isSmall keys="Ctrl+Enter" onClick={() => onSay(text)}>
          Keep
        </Button>
        <BackButton isSmall onBack={onBack} />
      </div>
    </div>
  )
}
