import { useId, useState } from 'react'
import { isObject, listAt, textAt } from '~/lib/json'
import { visible } from '~/lib/visible'
import type { AskAnswer } from '~/ui/AskCard'
import { Button } from '~/ui/Button'
import { TextField } from '~/ui/Field'

type Question = { text: string; header: string | undefined; isMulti: boolean; options: readonly { label: string; hint: string | undefined }[] }
type Chosen = { labels: readonly string[]; other: string }
const none: Chosen = { labels: [], other: '' }

function readQuestions(input: unknown): Question[] {
  return listAt(input, 'questions').map((question) => ({
    text: textAt(question, 'question') ?? '',
    header: textAt(question, 'header'),
    isMulti: isObject(question) && question['multiSelect'] === true,
    options: listAt(question, 'options').map((option) => ({ label: textAt(option, 'label') ?? '', hint: textAt(option, 'description') })),
  }))
}

const answerText = ({ labels, other }: Chosen) => [...labels, ...(other.trim() ? [other.trim()] : [])].join(', ')

/** The agent's questions with their options, and always a field for another answer. */
export function AskQuestions({ input, isOff, onAnswer }: { input: unknown; isOff: boolean; onAnswer: (answer: AskAnswer) => void }) {
  const questions = readQuestions(input)
  const [chosen, setChosen] = useState<Record<string, Chosen>>({})
  const answers = Object.fromEntries(questions.map(({ text }) => [text, answerText(chosen[text] ?? none)]))
  const isComplete = questions.every(({ text }) => answers[text])
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        onAnswer({ decision: 'answer', input: answers })
      }}
    >
      {questions.map((question) => (
        <QuestionFields
          key={question.text}
          question={question}
          chosen={chosen[question.text] ?? none}
          onChosen={(next) => setChosen((before) => ({ ...before, [question.text]: next }))}
        />
      ))}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="solid" isOff={isOff} disabled={!isComplete}>
          Answer
        </Button>
        <Button look="quiet" isOff={isOff} onClick={() => onAnswer({ decision: 'deny' })}>
          Skip
        </Button>
      </div>
    </form>
  )
}

type FieldsProps = { question: Question; chosen: Chosen; onChosen: (chosen: Chosen) => void }

function QuestionFields({ question, chosen, onChosen }: FieldsProps) {
  const name = useId()
  function toggle(label: string, isOn: boolean) {
    if (!question.isMulti) return onChosen({ labels: [label], other: '' })
    const others = chosen.labels.filter((one) => one !== label)
    return onChosen({ ...chosen, labels: isOn ? [...others, label] : others })
  }
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1.5 text-md font-medium">{visible(question.text)}</legend>
      {question.options.map(({ label, hint }) => (
        <label key={label} className="touch flex items-start gap-2 rounded-md border border-line2 px-2.5 py-1.5 has-checked:border-accent has-checked:bg-bg4">
          <input
            type={question.isMulti ? 'checkbox' : 'radio'}
            name={name}
            checked={chosen.labels.includes(label)}
            onChange={(event) => toggle(label, event.target.checked)}
            className="mt-[3px]"
          />
          <span>
            {visible(label)}
            {hint && <span className="block text-sm text-fg2">{visible(hint)}</span>}
          </span>
        </label>
      ))}
      <TextField
        label="Another answer"
        value={chosen.other}
        onText={(other) => onChosen({ labels: question.isMulti ? chosen.labels : [], other })}
      />
    </fieldset>
  )
}
