import { useRef, type ReactNode } from 'react'
import type { Ask } from '~/api/generated'
import { AskBytes } from '~/features/ask/AskBytes'
import { AskButtons, permissionKeys } from '~/features/ask/AskButtons'
import { FactsLine, folderOf, pathOf, Why } from '~/features/ask/AskFacts'
import { DenyForm, EditForm } from '~/features/ask/AskForms'
import { PlanActions, PlanLines, usePlan } from '~/features/ask/AskPlan'
import { QuestionActions, QuestionFields, useQuestion } from '~/features/ask/AskQuestion'
import { BackButton } from '~/features/ask/BackButton'
import { RuleField } from '~/features/ask/RuleField'
import { useAskForm, type AskForm, type Given } from '~/features/ask/use-ask-form'
import { useFocusWithin } from '~/lib/focus'
import { useRule } from '~/features/ask/use-rule'
import { denyWords, verbOf } from '~/features/ask/words'
import { useKeys, type Key } from '~/lib/keys'
import { visibleName } from '~/lib/visible'
import { Age } from '~/ui/Age'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { StatusGlyph } from '~/ui/Status'

type AskViewProps = {
  ask: Ask
  /** Beside the title, in place of the folder. */
  from?: ReactNode
  /** Where Escape leads from the ask itself. */
  onLeave?: () => void
  /** It was answered here; without an answer: somebody else was faster. */
  onDone?: (given: Given | undefined) => void
}

/** One ask in full, tinted, with every possible answer: what belongs to the composer. Its keys act only while it has the focus. */
export function AskView({ ask, from, onLeave, onDone }: AskViewProps) {
  const form = useAskForm(ask, { onDone })
  const section = useRef<HTMLElement>(null)
  const focus = () => section.current?.focus()
  const { isWithin, ...within } = useFocusWithin()
  const question = useQuestion(form)
  const plan = usePlan(form, focus)
  const isChoosing = form.mode === 'choose'
  const isPermission = ask.kind === 'permission'
  function back() {
    form.setMode('choose')
    focus()
  }
  const deny: Key = { keys: 'd', label: denyWords[ask.kind], run: () => form.setMode('deny') }
  const own = isChoosing ? [...permissionKeys(form), ...question.keys, ...plan.keys, deny] : []
  const common: readonly Key[] = [
    { keys: 'Enter', label: 'show the rest', isQuiet: form.isSeen, run: () => showAll(section.current) },
    { keys: 'Escape', label: 'leave', isQuiet: true, inFields: true, run: () => (document.activeElement === section.current ? onLeave?.() : focus()) },
  ]
  useKeys('item', [...own, ...common], { within: section })
  const folder = folderOf(form)
  const file = pathOf(form)
  return (
    <section
      ref={section}
      tabIndex={0}
      data-ask={ask.id}
      aria-label={`Ask: ${verbOf(form.ask)}`}
      {...within}
      className="relative flex min-h-0 min-w-0 flex-col bg-wait-tint edge-wait -outline-offset-2"
      data-raised=""
    >
      <div className="min-h-14 overflow-y-auto">
        <div className="px-3 pt-2.5 pb-1.5">
          <header className="flex items-start gap-2">
            <StatusGlyph look="waiting" className="mt-[3px]" />
            <h3 className="min-w-0 font-semibold [overflow-wrap:anywhere]">{verbOf(form.ask)}</h3>
            <span className="min-w-0 flex-1 truncate text-sm leading-5 text-fg2">{from ?? (folder && isPermission && `in ${folder}`)}</span>
            {ask.kind === 'plan' && isWithin && <span className="text-sm leading-5 text-fg2 max-sm:hidden">comment a line with C</span>}
            <Age at={ask.createdAt} className="text-sm leading-5 text-fg2" />
          </header>
          {isPermission && (
            <div className="mt-2 ml-[22px] flex flex-col gap-2 max-sm:ml-0">
              <Why form={form} />
              {file !== undefined && (
                <p title={visibleName(form.view.path ?? '')} className="font-mono text-sm [overflow-wrap:anywhere]">
                  {file}
                </p>
              )}
              <div className="font-mono leading-5">
                <AskBytes form={form} isBounded />
              </div>
              <FactsLine form={form} />
            </div>
          )}
        </div>
        {isChoosing && !isPermission && (
          <div className="bg-bg2">
            {ask.kind === 'question' && <QuestionFields form={form} question={question} isWithin={isWithin} />}
            {ask.kind === 'plan' && <PlanLines form={form} plan={plan} isWithin={isWithin} isBounded />}
          </div>
        )}
      </div>
      {isChoosing ? (
        <div className={`shrink-0 px-3 pt-2 pb-3 pl-[34px] max-sm:pl-3 ${isPermission ? '' : 'bg-bg2'}`}>
          {isPermission && <AskButtons form={form} isWithin={isWithin} />}
          {ask.kind === 'question' && <QuestionActions form={form} question={question} isWithin={isWithin} />}
          {ask.kind === 'plan' && <PlanActions form={form} plan={plan} isWithin={isWithin} />}
        </div>
      ) : (
        <AskForms form={form} onBack={back} />
      )}
      <Troubles form={form} />
    </section>
  )
}

/** Opens what is long, as its button does. */
export function showAll(node: HTMLElement | null) {
  const button = node?.querySelector('[data-show-all]')
  if (button instanceof HTMLElement) button.click()
}

/** The forms of an answer: what is written scrolls where there is no room for it, the buttons stay. */
function AskForms({ form, onBack }: { form: AskForm; onBack: () => void }) {
  return (
    <div className="min-h-14 overflow-y-auto px-3 pt-2 pl-[34px] max-sm:pl-3">
      {form.mode === 'deny' && <DenyForm form={form} onBack={onBack} actsLook={actsLook} />}
      {form.mode === 'edit' && <EditForm form={form} onBack={onBack} actsLook={actsLook} />}
      {form.mode === 'rule' && <RulePart form={form} onBack={onBack} />}
    </div>
  )
}

const actsLook = 'sticky bottom-0 bg-wait-tint pb-3'

/** What came too soon, what could not be read, and what was refused. */
export function Troubles({ form }: { form: AskForm }) {
  const { note, isCut, cutError, readAgain, error } = form
  return (
    <div className="shrink-0 px-3 pl-[34px] max-sm:pl-3 *:pb-3">
      <p role="status" className="text-sm text-fg1 empty:hidden">
        {note}
      </p>
      {isCut && cutError === null && <p className="text-sm text-fg2">It is long; the rest is being read.</p>}
      {cutError && <ErrorNote title="Not all of it could be read" error={cutError} onRetry={readAgain} />}
      {error && <ErrorNote title="The answer was not accepted" error={error} />}
    </div>
  )
}

function RulePart({ form, onBack }: { form: AskForm; onBack: () => void }) {
  const rule = useRule(form)
  return (
    <div>
      <RuleField form={form} rule={rule} onBack={onBack} />
      <div className={`mt-2 flex flex-wrap gap-1 ${actsLook}`}>
        <Button look="solid" isOff={form.isBusy || rule.isBusy || form.off !== undefined} disabled={rule.rule === undefined} keys="Ctrl+Enter" onClick={rule.submit}>
          Allow once, add rule
        </Button>
        <BackButton onBack={onBack} />
      </div>
    </div>
  )
}
