import type { ReactNode } from 'react'
import { canEdit } from '~/features/ask/AskButtons'
import { PlanActions, type PlanForm } from '~/features/ask/AskPlan'
import { QuestionActions, type QuestionForm } from '~/features/ask/AskQuestion'
import type { Far } from '~/features/ask/Cover'
import { KeyMark } from '~/features/ask/KeyMark'
import type { AskForm } from '~/features/ask/use-ask-form'
import type { RuleForm } from '~/features/ask/use-rule'
import { useIsNarrow } from '~/lib/use-media'
import { Button } from '~/ui/Button'
import { Segments } from '~/ui/Tabs'

const labels: Record<Far, { text: string; keys: string }> = {
  once: { text: 'Allow once', keys: 'A' },
  agent: { text: 'Allow for this agent', keys: 'S' },
  session: { text: 'Allow for the session', keys: 'Ctrl+Enter' },
  rule: { text: 'Allow once, add rule', keys: 'Ctrl+Enter' },
}

const shortFars = [
  { id: 'once', label: 'Once' },
  { id: 'agent', label: 'This agent' },
  { id: 'rule', label: 'By a rule…' },
] as const

type ActionsProps = {
  form: AskForm
  rule: RuleForm
  question: QuestionForm
  plan: PlanForm
  far: Far
  onFar: (far: Far) => void
  onAllow: () => void
  then: ReactNode
}

/** The bar below an ask: its answers, then who comes next. On a phone they are in the thumb's reach. */
export function AskActions(props: ActionsProps) {
  const { form, question, plan, then } = props
  const { ask, mode } = form
  const isChoosing = ask.state === 'open' && mode === 'choose'
  return (
    <div
      data-raised=""
      data-foot=""
      className="flex min-h-14 shrink-0 flex-wrap items-center gap-2 border-t border-line bg-bg1 px-8 py-3 max-md:bg-bg2 max-md:px-4 max-md:pb-[max(20px,env(safe-area-inset-bottom))]"
    >
      {isChoosing && ask.kind === 'permission' && <PermissionActions {...props} />}
      {isChoosing && ask.kind === 'question' && <QuestionActions form={form} question={question} isWithin />}
      {isChoosing && ask.kind === 'plan' && <PlanActions form={form} plan={plan} isWithin />}
      {form.off !== undefined && isChoosing && ask.kind === 'permission' && <span className="text-sm text-fg2">{form.off}</span>}
      <div className="ml-auto flex min-w-0 items-center gap-2 max-md:hidden">{then}</div>
    </div>
  )
}

function PermissionActions({ form, rule, far, onFar, onAllow }: ActionsProps) {
  const isNarrow = useIsNarrow()
  const { isBusy, off, setMode } = form
  const { text, keys } = labels[far]
  const isOff = isBusy || rule.isBusy || off !== undefined
  const allow = (
    <Button look={off === undefined ? 'solid' : 'plain'} isOff={isOff} disabled={far === 'rule' && rule.rule === undefined} onClick={onAllow}>
      {text}
      <KeyMark keys={keys} isOn={!isOff} />
    </Button>
  )
  if (isNarrow)
    return (
      <div className="grid w-full grid-cols-3 gap-2.5 *:[[role=radiogroup]]:col-span-3 *:[[role=radiogroup]]:grid *:[[role=radiogroup]]:h-11 *:[[role=radiogroup]]:grid-cols-3 [&_[role=radio]]:justify-center">
        <Segments label="How far the answer reaches" tabs={shortFars} current={far === 'session' ? 'once' : far} onChange={onFar} />
        <span className="grid *:h-13 *:rounded-lg *:bg-bg3 *:text-lg">
          <Button look="danger" isOff={isBusy} onClick={() => setMode('deny')}>
            Deny…
          </Button>
        </span>
        <span className="col-span-2 grid *:h-13 *:rounded-lg *:text-lg">{allow}</span>
      </div>
    )
  return (
    <>
      {allow}
      {canEdit(form) && (
        <Button look="quiet" isOff={isBusy} keys="E" onClick={() => setMode('edit')}>
          Edit first
        </Button>
      )}
      <Button look="danger" isOff={isBusy} keys="D" onClick={() => setMode('deny')}>
        Deny with a reason
      </Button>
    </>
  )
}
