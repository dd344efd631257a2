import { memo } from 'react'
import { CommentField } from '~/features/ask/AskPlan'
import type { PlanLine } from '~/features/ask/plan-lines'
import { visible } from '~/lib/visible'
import { IconButton } from '~/ui/Button'

const looks: Record<PlanLine['kind'], string> = {
  heading: 'font-semibold text-fg0',
  step: 'whitespace-pre-wrap',
  plain: 'whitespace-pre-wrap',
  code: 'font-mono text-sm leading-5 whitespace-pre-wrap',
  blank: '',
}

type PlanRowProps = {
  row: PlanLine
  isCurrent: boolean
  comment: string | undefined
  /** What is being written to it; undefined: nothing. */
  note: string | undefined
  canComment: boolean
  onPick: () => void
  onWrite: () => void
  onNote: (text: string) => void
  onSay: (text: string) => void
  onBack: () => void
}

/** A line, and below it what is said to it. */
export const PlanRow = memo(function PlanRow({ row, isCurrent, comment, note, canComment, onPick, onWrite, onNote, onSay, onBack }: PlanRowProps) {
  if (row.kind === 'blank') return <li aria-hidden="true" className="h-2" />
  return (
    <li aria-current={isCurrent || undefined} className={`group text-fg1 ${isCurrent ? 'bg-bg4 text-fg0' : ''}`}>
      <div className="flex min-h-8 items-start pr-2 pl-[34px]">
        <span className="-ml-[34px] w-[34px] shrink-0 py-1.5 pl-3 text-xs leading-5 font-medium text-fg2">
          {row.number}
        </span>
        <button type="button" tabIndex={isCurrent ? 0 : -1} onClick={onPick} className={`min-w-0 flex-1 py-1.5 text-left [overflow-wrap:anywhere] select-text ${looks[row.kind]}`}>
          <PlanText text={row.text} isCode={row.kind === 'code'} />
        </button>
        {canComment && (
          <span className="py-1 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 group-aria-[current]:opacity-100 pointer-coarse:hidden pointer-coarse:group-aria-[current]:inline">
            <IconButton icon="edit" label={`Comment on line ${row.line}`} isSmall tabIndex={isCurrent ? 0 : -1} onClick={onWrite} />
          </span>
        )}
      </div>
      {comment !== undefined && note === undefined && (
        <p className="border-l-2 border-accent py-1 pr-3 pl-2 ml-[34px] mb-1.5 [overflow-wrap:anywhere] whitespace-pre-wrap text-fg0">{visible(comment)}</p>
      )}
      {note !== undefined && <CommentField line={row.line} text={note} onText={onNote} onSay={onSay} onBack={onBack} />}
    </li>
  )
})

/** `code` is set in mono; every other character as it is. */
function PlanText({ text, isCode }: { text: string; isCode: boolean }) {
  const shown = visible(text)
  if (isCode) return shown === '' ? ' ' : shown
  return shown.split(/(`[^`]+`)/).map((part, at) =>
    at % 2 === 1 ? (
      <code key={at} className="rounded-sm bg-bg3 px-1 font-mono text-sm">
        {part.slice(1, -1)}
      </code>
    ) : (
      part
    ),
  )
}
