import { useEffect, useRef, useState, type ReactNode } from 'react'
import type { AskDecision, AskKind } from '~/api/generated'
import { textAt } from '~/lib/json'
import { leaveOnEscape, useHotkeys } from '~/lib/hotkeys'
import { visible } from '~/lib/visible'
import { AskQuestions } from '~/ui/AskQuestions'
import { Button } from '~/ui/Button'
import { TextArea } from '~/ui/Field'
import { EditInput } from '~/ui/EditInput'
import { ErrorNote } from '~/ui/Notes'
import { Markdown } from '~/ui/Markdown'
import { Since, StatusGlyph } from '~/ui/Status'
import { ToolInput } from '~/ui/ToolInput'

export type AskView = {
  id: string
  kind: string
  tool: string
  title?: string | undefined
  reason?: string | undefined
  plan?: string | undefined
  input?: unknown
  /** The whole of the arguments is still to come, or could not be read. */
  isCut: boolean
  cutError: Error | null
  readAgain: () => void
  suggestions?: unknown
  at: string
}
export type AskAnswer = { decision: AskDecision; message?: string; input?: unknown; interrupt?: boolean }

type AskCardProps = {
  ask: AskView
  /** Who asks, where that is not plain from the page. */
  from?: ReactNode
  hasKeys: boolean
  isBusy: boolean
  error: Error | null
  onAnswer: (answer: AskAnswer) => void
}

/** A kind that this page does not know is shown with its arguments, as a permission is. */
function kindOf({ kind }: AskView): AskKind {
  return kind === 'question' || kind === 'plan' ? kind : 'permission'
}

const titles: Record<AskKind, string> = {
  permission: 'Permission',
  question: 'Question',
  plan: 'Plan to review',
}

/** What an agent asks, with the exact bytes that will run, and every way to answer. Enter never allows. */
export function AskCard({ ask, from, hasKeys, isBusy, error, onAnswer }: AskCardProps) {
  const kind = kindOf(ask)
  return (
    <section
      aria-label={`${titles[kind]}: ${visible(ask.title ?? ask.tool)}`}
      className="flex min-h-0 flex-col gap-2.5 rounded-lg border border-wait bg-bg2 p-3"
    >
      <header className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
        <StatusGlyph look="waiting" />
        <h3 className="font-semibold">
          {titles[kind]}
          {kind === 'permission' && <span className="font-normal text-fg1"> for {visible(ask.tool)}</span>}
        </h3>
        {from}
        <span className="ml-auto text-sm">
          <Since at={ask.at} />
        </span>
      </header>
      {ask.reason && <p className="text-fg1">{visible(ask.reason)}</p>}
      <AskBody ask={ask} hasKeys={hasKeys} isBusy={isBusy} onAnswer={onAnswer} />
      {error && <ErrorNote title="The answer was not taken" error={error} />}
    </section>
  )
}

type BodyProps = Pick<AskCardProps, 'ask' | 'hasKeys' | 'isBusy' | 'onAnswer'>

function AskBody(props: BodyProps) {
  const { ask, isBusy, onAnswer } = props
  const kind = kindOf(ask)
  switch (kind) {
    case 'question':
      if (ask.isCut) return <Cut ask={ask} />
      return <AskQuestions input={ask.input} isBusy={isBusy} onAnswer={onAnswer} />
    case 'plan':
      return (
        <>
          <div className="max-h-[40dvh] overflow-y-auto rounded-md border border-line bg-bg1 p-3" tabIndex={0} role="region" aria-label="Plan">
            <Markdown text={textAt(ask.input, 'plan') ?? ask.plan ?? ask.title ?? ''} />
          </div>
          {ask.isCut && <Cut ask={ask} />}
          <Decision {...props} allow="Approve plan" deny="Keep planning" />
        </>
      )
    case 'permission':
      return <Permission {...props} />
    default:
      return kind satisfies never
  }
}

function Cut({ ask }: { ask: AskView }) {
  if (ask.cutError) return <ErrorNote title="Not all of it could be read" error={ask.cutError} onRetry={ask.readAgain} />
  return <p className="text-sm text-fg2">These arguments are long: the rest of them is being read.</p>
}

/** What will run, above the buttons: as it was asked, or as it is being edited. */
function Permission(props: BodyProps) {
  const { ask } = props
  const [edited, setEdited] = useState<unknown>()
  return (
    <>
      <ToolInput input={edited ?? ask.input} name={ask.tool} />
      {ask.isCut && <Cut ask={ask} />}
      <Decision {...props} allow="Allow" deny="Deny" onEdited={setEdited} />
    </>
  )
}

type View = 'choose' | 'deny' | 'edit'

type DecisionProps = BodyProps & { allow: string; deny: string; onEdited?: (input: unknown) => void }

function Decision({ ask, hasKeys, isBusy, onAnswer, allow, deny, onEdited }: DecisionProps) {
  const [view, setView] = useState<View>('choose')
  const isPermission = kindOf(ask) === 'permission'
  const canAlways = isPermission && Array.isArray(ask.suggestions) && ask.suggestions.length > 0
  if (view === 'deny') return <Denial label={deny} isBusy={isBusy} onAnswer={onAnswer} onBack={() => setView('choose')} />
  if (view === 'edit') return <EditInput input={ask.input} isBusy={isBusy} onEdited={onEdited} onAnswer={onAnswer} onBack={() => setView('choose')} />
  return (
    <div className="flex flex-wrap items-center gap-2 max-sm:gap-1.5">
      {hasKeys && !isBusy && <Keys askId={ask.id} onAllow={() => onAnswer({ decision: 'allow' })} onDeny={() => setView('deny')} />}
      <Button look="solid" icon="check" disabled={isBusy} aria-keyshortcuts={hasKeys ? 'a' : undefined} onClick={() => onAnswer({ decision: 'allow' })}>
        {allow}
        {hasKeys && <Key name="A" />}
      </Button>
      {canAlways && (
        <Button disabled={isBusy} title="For the rest of this session, as the agent offers it" onClick={() => onAnswer({ decision: 'allow_always' })}>
          Always allow
        </Button>
      )}
      {isPermission && !ask.isCut && (
        <Button disabled={isBusy} onClick={() => setView('edit')}>
          Edit
        </Button>
      )}
      <Button look="danger" icon="close" disabled={isBusy} aria-keyshortcuts={hasKeys ? 'd' : undefined} onClick={() => setView('deny')}>
        {deny}
        {hasKeys && <Key name="D" />}
      </Button>
    </div>
  )
}

/** A key that is meant for one ask must not answer the next one, which takes its place in that moment. */
const settleMs = 700
let before = { askId: '', leftAt: -settleMs }

function Keys({ askId, onAllow, onDeny }: { askId: string; onAllow: () => void; onDeny: () => void }) {
  const wakesAt = useRef(0)
  useEffect(() => {
    const now = performance.now()
    wakesAt.current = before.askId !== askId && now - before.leftAt < settleMs ? now + settleMs : now
    return () => {
      before = { askId, leftAt: performance.now() }
    }
  }, [askId])
  const awake = (run: () => void) => () => {
    if (performance.now() >= wakesAt.current) run()
  }
  useHotkeys({ a: awake(onAllow), d: awake(onDeny) })
  return null
}

function Key({ name }: { name: string }) {
  return (
    <kbd aria-hidden="true" className="rounded-sm border border-current px-1 font-mono text-xs leading-4 opacity-80 pointer-coarse:hidden">
      {name}
    </kbd>
  )
}

type DenialProps = { label: string; isBusy: boolean; onAnswer: (answer: AskAnswer) => void; onBack: () => void }

function Denial({ label, isBusy, onAnswer, onBack }: DenialProps) {
  const [message, setMessage] = useState('')
  const said = message.trim() ? { message: message.trim() } : {}
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        onAnswer({ decision: 'deny', ...said })
      }}
    >
      <TextArea label="What should it do instead? (optional)" rows={2} autoFocus value={message} onKeyDown={leaveOnEscape(onBack)} onText={setMessage} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="danger" disabled={isBusy}>
          {label}
        </Button>
        <Button disabled={isBusy} onClick={() => onAnswer({ decision: 'deny', interrupt: true, ...said })}>
          {label} and end the turn
        </Button>
        <Button look="quiet" onClick={onBack}>
          Back
        </Button>
      </div>
    </form>
  )
}
