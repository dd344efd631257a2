import { useQuery } from '@tanstack/react-query'
import { memo, useMemo } from 'react'
import { messageQuery } from '~/api/queries'
import type { AskItem, Item, NoteItem, PromptItem, TextItem, TurnItem } from '~/features/agent/items'
import { ToolCard } from '~/features/agent/ToolCard'
import { plainOutput } from '~/lib/ansi'
import { formatBytes, formatClock, formatCost, formatCount, formatDuration, formatFull, plural } from '~/lib/format'
import { mostMarkdown } from '~/lib/markdown'
import { plainLines } from '~/lib/tool-input'
import { visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { nothingIsPaid } from '~/ui/Demo'
import { Icon, type IconName } from '~/ui/Icon'
import { Lines } from '~/ui/Lines'
import { Markdown } from '~/ui/Markdown'
import { ErrorNote } from '~/ui/Notes'
import { useShortPath } from '~/ui/Root'
import { StatusGlyph } from '~/ui/Status'

type RowProps = { item: Item; agentId: string; isDemo: boolean; isToggled: boolean; onToggle: (id: string) => void }

export const TranscriptRow = memo(function TranscriptRow({ item, agentId, isDemo, isToggled, onToggle }: RowProps) {
  switch (item.kind) {
    case 'prompt':
      return <Prompt item={item} />
    case 'text':
      return <AgentText item={item} agentId={agentId} isWhole={isToggled} onToggle={onToggle} />
    case 'thought':
      return <Thought item={item} isOpen={isToggled} onToggle={onToggle} />
    case 'tool':
      return <ToolCard item={item} isToggled={isToggled} onToggle={onToggle} />
    case 'ask':
      return <AskRow item={item} />
    case 'turn':
      return <TurnEnd item={item} isDemo={isDemo} />
    case 'note':
      return <Note item={item} />
    default:
      return item satisfies never
  }
})

function Prompt({ item }: { item: PromptItem }) {
  return (
    <div className="flex flex-col items-end gap-1">
      <div className="max-w-[86%] rounded-lg bg-bg4 px-3.5 py-2 text-md [overflow-wrap:anywhere] whitespace-pre-wrap">{visible(item.text)}</div>
      <p className="flex items-center gap-1 text-xs text-fg2">
        {item.isCut && <span>cut here; the agent got all of it</span>}
        {item.state === 'delivery_unknown' && <span className="text-wait">delivery unknown: it is not sent again automatically</span>}
        {item.state === 'unanswered' && <span className="text-wait">not answered: send it again or drop it below</span>}
        <time dateTime={item.at} title={formatFull(item.at)}>
          {formatClock(item.at)}
        </time>
      </p>
    </div>
  )
}

type AgentTextProps = { item: TextItem; agentId: string; isWhole: boolean; onToggle: (id: string) => void }

function AgentText(props: AgentTextProps) {
  const { item } = props
  return (
    <div className={item.parent ? 'border-l-2 border-line2 pl-3 text-fg1' : ''}>
      {item.isError ? (
        <p role="alert" className="flex gap-2 rounded-md border border-line2 bg-bg2 p-3 whitespace-pre-wrap text-err">
          <Icon name="warn" className="mt-0.5" />
          {visible(item.text)}
        </p>
      ) : item.isCut || item.text.length > mostMarkdown ? (
        <LongText {...props} />
      ) : (
        <Markdown text={item.text} />
      )}
      {item.isIncomplete && <p className="text-sm text-fg2">Incomplete: the rest of this answer never came.</p>}
    </div>
  )
}

/** A long answer as lines, of which only the visible ones are in the document; all of it on demand. */
function LongText({ item, agentId, isWhole, onToggle }: AgentTextProps) {
  const { messageId, isCut } = item
  const { data, error, refetch } = useQuery({ ...messageQuery(agentId, messageId ?? ''), enabled: isWhole && messageId !== undefined })
  const text = data?.content ?? item.text
  const lines = useMemo(() => plainLines(text), [text])
  return (
    <div className="flex flex-col items-start gap-1.5 *:w-full">
      <Lines lines={lines} label="Answer" copy={text} maxHeight="max-h-[60dvh]" />
      {isCut && messageId === undefined && <p className="text-sm text-fg2">The text is cut here; the log holds all of it.</p>}
      {isCut && messageId !== undefined && !isWhole && (
        <p className="flex flex-wrap items-center gap-2 text-sm text-fg2">
          Only the beginning{item.size !== undefined && ` of ${formatBytes(item.size)}`} is shown.
          <Button isSmall onClick={() => onToggle(item.id)}>
            Show all
          </Button>
        </p>
      )}
      {isWhole && !data && !error && <p className="text-sm text-fg2">Reading all of it…</p>}
      {isWhole && error && <ErrorNote title="Not all of it could be read" error={error} onRetry={() => void refetch()} />}
      {data?.truncated && <p className="text-sm text-fg2">The text is cut here; Muster did not keep the rest.</p>}
    </div>
  )
}

function Thought({ item, isOpen, onToggle }: { item: TextItem; isOpen: boolean; onToggle: (id: string) => void }) {
  return (
    <div className="text-fg2">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => onToggle(item.id)}
        className="touch flex max-w-full items-center gap-2 rounded-sm text-left text-sm hover:text-fg1"
      >
        <Icon name="thought" />
        <span className="shrink-0">Thought</span>
        {!isOpen && <span className="truncate">{visible(item.text.split('\n')[0] ?? '')}</span>}
      </button>
      {isOpen && <p className="mt-1 border-l-2 border-line2 pl-3 text-base whitespace-pre-wrap text-fg1">{visible(item.text)}</p>}
    </div>
  )
}

const decisions = { allow: 'Allowed', allow_always: 'Always allowed', deny: 'Denied', answer: 'Answered' } as const

/** What was asked and answered, in its place. An open ask is also in the dock, where it is answered. */
function AskRow({ item }: { item: AskItem }) {
  const { ask, state, decision } = item
  const title = useShortPath(ask.title ?? '')
  const what = ask.kind === 'permission' ? `permission for ${visibleName(ask.tool)}` : ask.kind === 'plan' ? 'a review of its plan' : 'a question'
  return (
    <div className="flex flex-wrap items-center gap-x-2 text-sm text-fg1">
      <StatusGlyph look={state === 'open' ? 'waiting' : state === 'void' ? 'idle' : decision === 'deny' ? 'error' : 'finished'} />
      <span className="font-medium">
        {state === 'open' ? 'Asks for' : state === 'void' ? 'No longer asks for' : `${decision ? decisions[decision] : 'Answered'}:`}
      </span>
      <span>
        {what}
        {item.isEdited && ', edited by you'}
      </span>
      {title && <span className="min-w-0 truncate font-mono text-fg2">{title}</span>}
      {item.answers.map(([question, answer]) => (
        <p key={question} className="w-full pl-5 [overflow-wrap:anywhere] whitespace-pre-wrap text-fg1">
          {item.answers.length > 1 && <span className="text-fg2">{visible(question)} </span>}
          “{visible(answer)}”
        </p>
      ))}
      {item.message && <p className="w-full pl-5 whitespace-pre-wrap text-fg1">“{visible(item.message)}”</p>}
    </div>
  )
}

const outcomes = {
  ok: { look: 'finished', word: 'Turn done' },
  error: { look: 'error', word: 'Turn failed' },
  interrupted: { look: 'idle', word: 'Interrupted' },
  unknown: { look: 'idle', word: 'Turn ended, outcome unknown' },
} as const

function TurnEnd({ item, isDemo }: { item: TurnItem; isDemo: boolean }) {
  const { end, usage } = item
  const { look, word } = outcomes[end.outcome]
  const facts = [
    end.durationMs !== undefined && formatDuration(end.durationMs),
    end.steps !== undefined && plural(end.steps, 'step'),
    usage && `${formatCount(usage.input + usage.cacheRead + usage.cacheCreation)} in, ${formatCount(usage.output)} out`,
    usage && usage.costMicros > 0 && (isDemo ? nothingIsPaid : formatCost(usage.costMicros / 1_000_000)),
  ].filter(Boolean)
  return (
    <div className="flex flex-col gap-1.5 pb-2">
      <p className="tnum flex items-center gap-2 text-sm text-fg2">
        <StatusGlyph look={look} />
        <span>{[word, ...facts].join(' · ')}</span>
        <span className="h-px flex-1 bg-line" />
        <time dateTime={item.at} title={formatFull(item.at)} className="whitespace-nowrap">
          {formatClock(item.at)}
        </time>
      </p>
      {end.outcome === 'error' && end.text && <p className="whitespace-pre-wrap text-err">{visible(plainOutput(end.text))}</p>}
    </div>
  )
}

const noteLooks = {
  info: { icon: 'info', colour: 'text-fg2' },
  warning: { icon: 'warn', colour: 'text-wait' },
  error: { icon: 'warn', colour: 'text-err' },
} as const satisfies Record<NoteItem['level'], { icon: IconName; colour: string }>

function Note({ item }: { item: NoteItem }) {
  const { icon, colour } = noteLooks[item.level]
  return (
    <p className="flex gap-2 text-sm text-fg1">
      <Icon name={icon} className={`mt-px ${colour}`} />
      <span className="min-w-0 [overflow-wrap:anywhere] whitespace-pre-wrap">{visible(plainOutput(item.text))}</span>
    </p>
  )
}
