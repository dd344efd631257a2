import type { NoteItem, AskItem, FailItem, TextItem } from '~/features/transcript/items'
import { useRows } from '~/features/transcript/context'
import { Gutter } from '~/features/transcript/Gutter'
import { plainOutput } from '~/lib/ansi'
import { formatFull, formatMinute } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { useCopy } from '~/ui/CopyButton'
import { Icon } from '~/ui/Icon'
import { Markdown } from '~/ui/Markdown'
import { useShortPath } from '~/ui/Root'
import { StatusGlyph } from '~/ui/Status'

const decisions = { allow: 'Allowed', allow_always: 'Always allowed', deny: 'Denied', answer: 'Answered' } as const

function titleOf({ ask, state, decision, isEdited }: AskItem): string {
  const of = ask.kind === 'plan' ? 'plan' : ask.kind === 'question' ? 'question' : visibleName(ask.tool)
  if (state === 'open') return ask.kind === 'plan' ? 'Asks for a review of its plan' : ask.kind === 'question' ? 'Asks a question' : `Asks for ${of}`
  if (state === 'void' || !decision) return `No longer asks about ${ask.kind === 'permission' ? of : `its ${of}`}`
  if (ask.kind === 'plan') return decision === 'deny' ? 'Plan sent back' : 'Plan approved'
  return isEdited ? `${decisions[decision]}, edited by you` : decisions[decision]
}

/** What was asked and answered, in its place. An open one is answered at the composer. */
export function AskRow({ item, depth, isOpen }: { item: AskItem; depth: number; isOpen: boolean }) {
  const { onToggle } = useRows()
  const { ask, state, decision, answers, message, rule } = item
  const title = useShortPath(ask.title ?? '')
  const look = state === 'open' ? 'waiting' : state === 'void' ? 'idle' : decision === 'deny' ? 'stopped' : 'finished'
  const words = <span className={`text-fg1 ${ask.plan === undefined ? 'shrink-0' : 'truncate'}`}>{titleOf(item)}</span>
  return (
    <div className="pb-1">
      <Gutter depth={depth} glyph={<StatusGlyph look={look} />} meta={state === 'open' ? <span className="text-wait">waits for you</span> : rule && 'by rule'}>
        {ask.plan === undefined ? (
          <p className="flex h-6 min-w-0 items-center gap-2">
            {words}
            {ask.kind === 'permission' && <span className="truncate font-mono text-sm text-fg2">{title}</span>}
            {ask.kind === 'question' && answers.length === 0 && <span className="truncate text-fg2">{title}</span>}
          </p>
        ) : (
          <button type="button" aria-expanded={isOpen} onClick={() => onToggle(item.key)} className="touch flex h-6 max-w-full items-center gap-1.5 rounded-sm hover:text-fg0">
            {words}
            <Icon name={isOpen ? 'down' : 'chevron'} className="size-3.5 text-fg2" />
          </button>
        )}
        {isOpen && ask.plan !== undefined && (
          <div className="py-1">
            <Markdown text={ask.plan} />
          </div>
        )}
        {answers.map(([question, answer]) => (
          <p key={question} className="[overflow-wrap:anywhere] whitespace-pre-wrap">
            <span className="text-fg2">{visible(question)}</span> <span>“{visible(answer)}”</span>
          </p>
        ))}
        {message && <p className="[overflow-wrap:anywhere] whitespace-pre-wrap text-fg1">“{visible(message)}”</p>}
      </Gutter>
    </div>
  )
}

export function NoteRow({ item, depth }: { item: NoteItem; depth: number }) {
  const icon = item.level === 'info' ? 'info' : 'warn'
  const colour = item.level === 'error' ? 'text-g-err' : 'text-fg2'
  return (
    <Gutter depth={depth} glyph={<Icon name={icon} className={`size-3.5 ${colour}`} />} meta={formatMinute(item.at)}>
      <p className="py-0.5 [overflow-wrap:anywhere] whitespace-pre-wrap text-fg1">{visible(plainOutput(item.text))}</p>
    </Gutter>
  )
}

/** What failed, as a person says it. The program's own words stand below. */
export function failureOf(item: FailItem | TextItem): string {
  const status = item.kind === 'fail' ? item.httpStatus : undefined
  const text = item.text
  if (item.kind === 'fail' && item.code === 'exit') return text.split('\n')[0] ?? ''
  if (status === 529 || /overloaded/i.test(text)) return 'The API was overloaded'
  if (status === 429 || /rate.?limit/i.test(text)) return 'The API limited the rate of requests'
  if (status === 401 || status === 403) return 'The API refused the credentials'
  return item.kind === 'fail' ? 'The turn failed' : 'The CLI reported an error'
}

/** An error, once, with one act. The list says it aloud: this row comes and goes with the scroll. */
export function FailRow({ item, depth, isLast }: { item: FailItem | TextItem; depth: number; isLast: boolean }) {
  const { onRetry } = useRows()
  const { isDone, copy } = useCopy()
  const title = failureOf(item)
  const text = plainOutput(item.text).trim()
  const rest = text.startsWith(title) ? text.slice(title.length).trim() : text
  return (
    <div className="py-1">
      <Gutter depth={depth} glyph={<StatusGlyph look="error" word="Failed" />} meta={<span title={formatFull(item.at)}>{formatMinute(item.at)}</span>}>
        <p className="leading-6 font-medium">{visible(title)}</p>
        {rest && <p className="text-sm [overflow-wrap:anywhere] whitespace-pre-wrap text-fg1">{visible(rest)}</p>}
        <div className="flex gap-1 pt-2">
          {isLast && onRetry && (
            <Button isSmall onClick={onRetry}>
              Try again
            </Button>
          )}
          <Button isSmall look="quiet" onClick={() => copy(`${title}\n${text}\n${item.at}`)}>
            {isDone ? 'Copied' : 'Copy details'}
          </Button>
        </div>
      </Gutter>
    </div>
  )
}
