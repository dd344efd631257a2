import { useRef, useState } from 'react'
import { choose, nothing, answersOf, readQuestions, writeOwn, type Chosen, type Question } from '~/features/ask/questions'
import { KeyMark } from '~/features/ask/KeyMark'
import type { AskForm } from '~/features/ask/use-ask-form'
import type { Key } from '~/lib/keys'
import { plural } from '~/lib/format'
import { visible } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { EndMark } from '~/ui/EndMark'

export type QuestionForm = ReturnType<typeof useQuestion>

/** The answers so far, and the keys that give them: numbers choose of the question that is current. */
export function useQuestion(form: AskForm) {
  const { questions, left } = readQuestions(form.ask.kind === 'question' ? form.ask.input : undefined)
  const { chosen } = form.draft
  const [touched, setTouched] = useState<number>()
  const own = useRef(new Map<number, HTMLInputElement>())
  const isEmpty = (at: number) => answersOf(questions.slice(at, at + 1), { 0: chosen[at] ?? nothing }) === undefined
  const firstEmpty = questions.findIndex((_, at) => isEmpty(at))
  const kept = touched !== undefined && (questions[touched]?.isMulti === true || firstEmpty < 0) ? touched : undefined
  const current = kept ?? Math.max(0, firstEmpty)
  const answers = left === 0 ? answersOf(questions, chosen) : undefined
  const set = (at: number, next: Chosen) => {
    form.write({ chosen: { ...chosen, [at]: next } })
    setTouched(at)
  }
  function pick(number: number) {
    const question = questions[current]
    const option = question?.options[number - 1]
    if (question && option) set(current, choose(question, chosen[current] ?? nothing, option.label))
    else if (question && number === question.options.length + 1) own.current.get(current)?.focus()
  }
  const submit = () => {
    if (answers && !form.isCut) void form.answer({ decision: 'answer', input: answers })
  }
  const numbers = Array.from({ length: 9 }, (_, at): Key => ({ keys: String(at + 1), label: 'choose', isQuiet: at > 0, run: () => pick(at + 1) }))
  const keys: readonly Key[] = form.ask.kind === 'question' ? [...numbers, { keys: 'Ctrl+Enter', label: 'answer', inFields: true, run: submit }] : []
  return { questions, left, chosen, current, set, own, isComplete: answers !== undefined, submit, keys }
}

type Props = { form: AskForm; question: QuestionForm; isWithin: boolean }

/** The agent's questions with their options, and always a field for another answer. */
export function QuestionFields({ form, question, isWithin }: Props) {
  const { questions, left, chosen, current, set, own } = question
  return (
    <div className="flex flex-col gap-2">
      {questions.map((one, at) => (
        <OneQuestion
          key={at}
          question={one}
          hasText={questions.length > 1}
          chosen={chosen[at] ?? nothing}
          hasKeys={isWithin && at === current}
          onChosen={(next) => set(at, next)}
          ownRef={(node) => void (node ? own.current.set(at, node) : own.current.delete(at))}
        />
      ))}
      {left > 0 && <p className="px-3 text-sm text-fg2">{plural(left, 'more question')} cannot be shown. Answer in the agent’s terminal, or skip.</p>}
      {questions.length === 0 && !form.isCut && <p className="px-3 text-fg1">This question has no options that can be read. Skip it, and write your answer there.</p>}
      <EndMark onSeen={form.onSeen} />
    </div>
  )
}

type OneProps = {
  question: Question
  hasText: boolean
  chosen: Chosen
  hasKeys: boolean
  onChosen: (chosen: Chosen) => void
  ownRef: (node: HTMLInputElement | null) => void
}

function OneQuestion({ question, hasText, chosen, hasKeys, onChosen, ownRef }: OneProps) {
  const { text, isMulti, options } = question
  return (
    <div role={isMulti ? 'group' : 'radiogroup'} aria-label={visible(text)} className="min-w-0">
      {hasText && <p className="px-3 pb-1 pl-[34px] font-medium">{visible(text)}</p>}
      {isMulti && <p className="px-3 pb-1 pl-[34px] text-sm text-fg2">Several are possible.</p>}
      {options.map(({ label, hint }, at) => (
        <button
          key={at}
          type="button"
          role={isMulti ? 'checkbox' : 'radio'}
          aria-checked={chosen.labels.includes(label)}
          onClick={() => onChosen(choose(question, chosen, label))}
          className="touch relative flex min-h-8 w-full items-baseline gap-2.5 py-1.5 pr-3 pl-[34px] text-left text-fg1 -outline-offset-2 hover:bg-bg3 aria-checked:bg-bg4 aria-checked:text-fg0"
        >
          <Digit of={at + 1} isOn={hasKeys} />
          <span className="min-w-0 shrink-0 max-sm:shrink">{visible(label)}</span>
          {hint && <span className="min-w-0 text-sm text-fg2">{visible(hint)}</span>}
        </button>
      ))}
      <label className="relative flex min-h-8 items-center py-0.5 pr-3 pl-[34px] text-fg2">
        <Digit of={options.length + 1} isOn={hasKeys} />
        <span className="sr-only">Another answer</span>
        <input
          ref={ownRef}
          placeholder="Another answer"
          autoComplete="off"
          maxLength={4000}
          value={chosen.own}
          onChange={(event) => onChosen(writeOwn(question, chosen, event.target.value))}
          className="touch h-7 w-full min-w-0 rounded-sm bg-transparent text-fg0 placeholder:text-fg2"
        />
      </label>
    </div>
  )
}

function Digit({ of, isOn }: { of: number; isOn: boolean }) {
  if (of > 9) return null
  return (
    <span aria-hidden="true" className={`absolute left-3 text-xs font-medium ${isOn ? 'text-fg1' : 'text-fg2'}`}>
      {of}
    </span>
  )
}

export function QuestionActions({ form, question, isWithin }: Props) {
  return (
    <div className="flex flex-wrap items-center gap-1">
      <Button look="solid" isOff={form.isBusy || form.isCut} disabled={!question.isComplete} onClick={question.submit}>
        Answer
        <KeyMark keys="Ctrl+Enter" isOn={isWithin} />
      </Button>
      <Button look="quiet" isOff={form.isBusy} onClick={() => form.setMode('deny')}>
        Skip…
        <KeyMark keys="D" isOn={isWithin} />
      </Button>
    </div>
  )
}
