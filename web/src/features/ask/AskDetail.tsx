import { useRef, useState, type ReactNode, type RefObject } from 'react'
import type { Ask } from '~/api/generated'
import { AskActions } from '~/features/ask/AskActions'
import { AskBytes } from '~/features/ask/AskBytes'
import { canEdit } from '~/features/ask/AskButtons'
import { FactsList } from '~/features/ask/AskFacts'
import { DenyForm, EditForm } from '~/features/ask/AskForms'
import { PlanLines, usePlan } from '~/features/ask/AskPlan'
import { QuestionFields, useQuestion } from '~/features/ask/AskQuestion'
import { showAll, Troubles } from '~/features/ask/AskView'
import { Before } from '~/features/ask/Before'
import { Cover, type Far } from '~/features/ask/Cover'
import { useAskForm, type Given } from '~/features/ask/use-ask-form'
import { useInView } from '~/features/ask/use-in-view'
import { useRule } from '~/features/ask/use-rule'
import { denyWords, isDenied, settledSentence, verbOf } from '~/features/ask/words'
import { useKeys, type Key } from '~/lib/keys'
import { useIsNarrow } from '~/lib/use-media'
import { visible } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { StatusGlyph } from '~/ui/Status'

type AskDetailProps = {
  ask: Ask
  /** Where its keys act: the list and the detail. */
  within: RefObject<HTMLElement | null>
  head: ReactNode
  /** At the right end of the bar: who comes next. */
  then: ReactNode
  focus: () => void
  onDone: (given: Given | undefined) => void
}

/** One ask with all that is needed to decide: what came before, the exact bytes, the facts, and how far the answer reaches. */
export function AskDetail({ ask, within, head, then, focus, onDone }: AskDetailProps) {
  const form = useAskForm(ask, { onDone })
  const rule = useRule(form)
  const question = useQuestion(form)
  const plan = usePlan(form, focus)
  const [far, setFar] = useState<Far>('once')
  const isNarrow = useIsNarrow()
  const what = useRef<HTMLDivElement>(null)
  const isOpen = ask.state === 'open'
  const isPermission = ask.kind === 'permission'
  const { mode, setMode } = form
  useInView(what)

  function leaveRule() {
    setFar('once')
    focus()
  }
  function back() {
    setMode('choose')
    focus()
  }
  function allow() {
    if (far === 'rule') rule.submit()
    else void form.answer(far === 'agent' ? { decision: 'allow', remember: 'agent' } : { decision: far === 'session' ? 'allow_always' : 'allow' })
  }
  /** The first press says how far, the next one answers. */
  const reach = (to: Far) => () => (far === to ? allow() : setFar(to))
  const edit: Key = { keys: 'e', label: 'edit', run: () => setMode('edit') }
  const permission: readonly Key[] = [
    { keys: 'a', label: 'once', run: reach('once') },
    { keys: 's', label: 'this agent', run: reach('agent') },
    { keys: 'r', label: 'rule', run: () => setFar('rule') },
    { keys: 'Ctrl+Enter', label: 'answer', inFields: true, run: allow },
    ...(canEdit(form) ? [edit] : []),
  ]
  const deny: Key = { keys: 'd', label: denyWords[ask.kind], run: () => setMode('deny') }
  const all: Key = { keys: 'Enter', label: 'show all', isQuiet: true, run: () => showAll(what.current) }
  const keys = [all, ...(isOpen && mode === 'choose' ? [...(isPermission ? permission : []), ...question.keys, ...plan.keys, deny] : [])]
  useKeys('item', keys, { within })

  return (
    <>
      <div className="min-h-0 flex-1 overflow-y-auto px-8 pt-5 max-sm:px-4 max-sm:pt-2">
        <div className={`flex max-w-[768px] ${isNarrow ? 'flex-col-reverse justify-end' : 'flex-col'}`}>
          <div>
            {isNarrow ? <h2 className="mt-4 mb-1 font-semibold">Before this</h2> : head}
            <Before ask={ask} root={form.place.worktree?.path} />
          </div>
          <div ref={what} className={isNarrow ? 'pt-1' : 'border-t border-line pt-3.5 pb-4'}>
            <div className="grid grid-cols-[28px_minmax(0,1fr)] max-sm:grid-cols-[22px_minmax(0,1fr)]">
              <StatusGlyph look={isOpen ? 'waiting' : isDenied(ask) ? 'error' : 'finished'} word={isOpen ? 'Needs you' : 'Settled'} className="mt-[5px]" />
              <h2 className="text-lg font-semibold tracking-[-0.011em] [overflow-wrap:anywhere]">{verbOf(form.ask)}</h2>
            </div>
            {isNarrow && (
              <div className="mt-0.5 flex flex-wrap items-center gap-x-2">
                {head}
                {isOpen && isPermission && mode === 'choose' && canEdit(form) && (
                  <Button isSmall look="quiet" onClick={() => setMode('edit')}>
                    Edit first
                  </Button>
                )}
              </div>
            )}
            {!isOpen && <p className="pl-7 text-fg1 max-sm:pl-0">{visible(settledSentence(ask))}</p>}
            {!isOpen && ask.message && <p className="pl-7 text-fg1 max-sm:pl-0">“{visible(ask.message)}”</p>}
            {isPermission && (
              <div className="pl-7 max-sm:pl-0">
                <div className="my-3 mt-2 bg-wait-tint px-4 py-3 font-mono text-md leading-6 edge-wait">
                  <AskBytes form={form} isBounded={false} />
                </div>
                <FactsList form={form} />
              </div>
            )}
            {ask.kind === 'question' && (
              <div className="mt-2 -ml-1.5 max-sm:-mx-3" inert={!isOpen}>
                <QuestionFields form={form} question={question} isWithin />
              </div>
            )}
            {ask.kind === 'plan' && (
              <div className="mt-2 -ml-1.5 max-sm:-mx-3">
                <PlanLines form={form} plan={plan} isWithin isBounded={false} />
              </div>
            )}
            {isOpen && isPermission && mode === 'choose' && (!isNarrow || far === 'rule') && (
              <div className="mt-4">
                <Cover form={form} rule={rule} far={far} isRuleAlone={isNarrow} onFar={setFar} onBack={leaveRule} />
              </div>
            )}
            {mode !== 'choose' && (
              <div className="mt-4 pl-7 max-sm:pl-0">
                {mode === 'deny' && <DenyForm form={form} onBack={back} />}
                {mode === 'edit' && <EditForm form={form} onBack={back} />}
              </div>
            )}
            <Troubles form={form} />
          </div>
        </div>
      </div>
      <AskActions form={form} rule={rule} question={question} plan={plan} far={far} onFar={setFar} onAllow={allow} then={then} />
    </>
  )
}
