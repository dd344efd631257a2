import { useMemo, useRef, useState, type ReactNode, type RefObject } from 'react'
import type { AskDecision, AskKind } from '~/api/generated'
import { useSettled } from '~/lib/focus'
import { textAt } from '~/lib/json'
import { isTyping, useKeys } from '~/lib/keys'
import { mostMarkdown } from '~/lib/markdown'
import { scrollToEnd } from '~/lib/scroll'
import { otherThanPlan, plainLines, readInput, type Before } from '~/lib/tool-input'
import { visible, visibleName } from '~/lib/visible'
import { AskQuestions } from '~/ui/AskQuestions'
import { Decision, markOf } from '~/ui/Decision'
import { EndMark } from '~/ui/EndMark'
import { Lines } from '~/ui/Lines'
import { ErrorNote } from '~/ui/Notes'
import { Markdown } from '~/ui/Markdown'
import { Age } from '~/ui/Age'
import { StatusGlyph } from '~/ui/Status'
import { ToolInput } from '~/ui/ToolInput'

export type AskView = {
  id: string
  kind: string
  tool: string
  title?: string | undefined
  reason?: string | undefined
  plan?: string | undefined
  input?: unknown
  /** The digest to which an answer is bound; undefined while it is being read. */
  digest: string | undefined
  /** The full arguments have not been read yet, or could not be read. */
  isCut: boolean
  cutError: Error | null
  readAgain: () => void
  suggestions?: unknown
  /** The answer is a decision alone: no message goes with it, and the arguments cannot be changed. */
  decisionOnly?: boolean | undefined
  /** The file that would be written, if the page knows it. */
  before?: Before | undefined
  at: string
}
/** The decision and what it is about: a changed ask does not accept an answer to what was shown before. */
export type AskAnswer = { decision: AskDecision; message?: string; input?: unknown; interrupt?: boolean }

type AskCardProps = {
  ask: AskView
  /** Who asks, if that is not clear from the page. */
  from?: ReactNode
  /** Its keys work with Alt from everywhere on the page, because it is the only ask there. */
  hasPageKeys?: boolean
  isBusy: boolean
  error: Error | null
  /** Where Escape moves the focus. */
  onLeave: () => void
  onAnswer: (answer: AskAnswer) => void
}

/** A kind that is unknown to this page is shown with its arguments, like a permission. */
function kindOf({ kind }: AskView): AskKind {
  return kind === 'question' || kind === 'plan' ? kind : 'permission'
}

const titles: Record<AskKind, string> = {
  permission: 'Permission',
  question: 'Question',
  plan: 'Plan to review',
}

/** What an agent asks, with the exact bytes that will run, and every possible answer. Enter never allows. */
export function AskCard({ ask, from, hasPageKeys = false, isBusy, error, onLeave, onAnswer }: AskCardProps) {
  const kind = kindOf(ask)
  const card = useRef<HTMLElement>(null)
  const leave = ({ target }: Event) => (isTyping(target) ? card.current?.focus() : onLeave())
  useKeys('item', [{ keys: 'Escape', label: 'leave', run: leave }], { within: card })
  return (
    <section
      ref={card}
      tabIndex={-1}
      aria-label={`${titles[kind]}: ${visibleName(ask.title ?? ask.tool)}`}
      className="flex min-h-0 flex-col gap-2.5 rounded-lg border border-wait bg-bg2 p-3"
    >
      <header className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
        <StatusGlyph look="waiting" />
        <h3 className="font-semibold">
          {titles[kind]}
          {kind === 'permission' && <span className="font-normal text-fg1"> for {visibleName(ask.tool)}</span>}
        </h3>
        {from}
        <span className="ml-auto text-sm">
          <Age at={ask.at} />
        </span>
      </header>
      {ask.reason && <p className="[overflow-wrap:anywhere] text-fg1">{visible(ask.reason)}</p>}
      <AskBody ask={ask} card={card} hasPageKeys={hasPageKeys} isBusy={isBusy} onAnswer={onAnswer} />
      {error && <ErrorNote title="The answer was not accepted" error={error} />}
    </section>
  )
}

type BodyProps = Required<Pick<AskCardProps, 'ask' | 'hasPageKeys' | 'isBusy' | 'onAnswer'>> & { card: RefObject<HTMLElement | null> }

function AskBody(props: BodyProps) {
  const { ask } = props
  const kind = kindOf(ask)
  switch (kind) {
    case 'question':
      if (ask.isCut) return <Cut ask={ask} />
      return <Questions {...props} />
    case 'plan':
      return <PlanReview {...props} />
    case 'permission':
      return <Permission {...props} />
    default:
      return kind satisfies never
  }
}

function Questions({ ask, isBusy, onAnswer }: BodyProps) {
  const isSettled = useSettled(markOf(ask))
  return <AskQuestions input={ask.input} isOff={isBusy || !isSettled} onAnswer={onAnswer} />
}

function Cut({ ask }: { ask: AskView }) {
  if (ask.cutError) return <ErrorNote title="Not all of it could be read" error={ask.cutError} onRetry={ask.readAgain} />
  return <p className="text-sm text-fg2">These arguments are long; the rest is being read.</p>
}

/** Whether all of the ask could be reached and its end was in view: for exactly the ask that is shown now. */
function useSeen(ask: AskView) {
  const mark = markOf(ask)
  const [seen, setSeen] = useState<string>()
  return { isSeen: !ask.isCut && seen === mark, onEnd: () => setSeen(mark) }
}

function toEnd(body: RefObject<HTMLElement | null>) {
  const region = body.current?.querySelector('[role=region]')
  if (region instanceof HTMLElement) scrollToEnd(region)
}

/** The most of the window that the ask may take, so that the buttons stay in view. */
const askHeight = 'max-h-[40dvh] max-sm:max-h-[30dvh]'

/** What will run, above the buttons: as asked, or as edited. */
function Permission(props: BodyProps) {
  const { ask } = props
  const [edited, setEdited] = useState<unknown>()
  const { isSeen, onEnd } = useSeen(ask)
  const body = useRef<HTMLDivElement>(null)
  const input = edited ?? ask.input
  const view = useMemo(() => readInput(input, ask.tool, ask.before), [input, ask.tool, ask.before])
  return (
    <>
      <div ref={body}>
        <ToolInput key={markOf(ask)} view={view} maxHeight={askHeight} onEnd={onEnd} />
        {view.lines.length === 0 && <EndMark onSeen={onEnd} />}
      </div>
      {ask.isCut && <Cut ask={ask} />}
      <Decision {...props} isSeen={isSeen} onToEnd={() => toEnd(body)} allow="Allow" deny="Deny" edits={{ onEdited: setEdited }} />
    </>
  )
}

/** Further arguments that are approved together with a plan. */
function PlanGrants({ input }: { input: unknown }) {
  const more = otherThanPlan(input)
  if (more === undefined) return null
  return (
    <div className="mt-3 border-t border-line pt-2">
      <p className="text-sm text-fg2">Other arguments</p>
      <p className="font-mono text-sm [overflow-wrap:anywhere] whitespace-pre-wrap">{visible(more)}</p>
    </div>
  )
}

function PlanReview(props: BodyProps) {
  const { ask } = props
  const { isSeen, onEnd } = useSeen(ask)
  const body = useRef<HTMLDivElement>(null)
  const plan = textAt(ask.input, 'plan') ?? ask.plan ?? ask.title ?? ''
  return (
    <>
      <div ref={body} key={markOf(ask)}>
        {plan.length > mostMarkdown ? (
          <Lines lines={plainLines(`${plan}\n\n${otherThanPlan(ask.input) ?? ''}`)} label="Plan" copy={plan} maxHeight={askHeight} onEnd={onEnd} />
        ) : (
          <div
            className={`${askHeight} overflow-y-auto rounded-md border border-line bg-bg1 p-3 [&_pre]:max-h-none [&_pre]:[overflow-wrap:anywhere] [&_pre]:whitespace-pre-wrap`}
            tabIndex={0}
            role="region"
            aria-label="Plan"
          >
            <Markdown text={plan} />
            <PlanGrants input={ask.input} />
            <EndMark onSeen={onEnd} />
          </div>
        )}
      </div>
      {ask.isCut && <Cut ask={ask} />}
      <Decision {...props} isSeen={isSeen} onToEnd={() => toEnd(body)} allow="Approve plan" deny="Keep planning" />
    </>
  )
}
