import { isObject, listAt, textAt } from '~/lib/json'

export type Option = { label: string; hint: string | undefined }
export type Question = { text: string; header: string | undefined; isMulti: boolean; options: readonly Option[] }
/** `own` is the text of a person; of a single choice, it replaces an option. */
export type Chosen = { labels: readonly string[]; own: string }

export const nothing: Chosen = { labels: [], own: '' }
/** More are shown as "n more questions cannot be shown" and the ask can only be skipped. */
const mostQuestions = 50
const mostOptions = 50

export function readQuestions(input: unknown): { questions: Question[]; left: number } {
  const all = listAt(input, 'questions')
  const questions = all.slice(0, mostQuestions).map((question) => ({
    text: textAt(question, 'question') ?? '',
    header: textAt(question, 'header'),
    isMulti: isObject(question) && question['multiSelect'] === true,
    options: listAt(question, 'options')
      .slice(0, mostOptions)
      .map((option) => ({ label: textAt(option, 'label') ?? '', hint: textAt(option, 'description') })),
  }))
  return { questions, left: all.length - questions.length }
}

/** Chooses the option, or takes it back where there may be several. */
export function choose(question: Question, chosen: Chosen, label: string): Chosen {
  if (!question.isMulti) return { labels: [label], own: '' }
  const has = chosen.labels.includes(label)
  return { ...chosen, labels: has ? chosen.labels.filter((one) => one !== label) : [...chosen.labels, label] }
}

export function writeOwn(question: Question, chosen: Chosen, own: string): Chosen {
  return { labels: question.isMulti || own === '' ? chosen.labels : [], own }
}

type Answer = string | readonly string[]

/** An option, a list of options, or a person's own text; none yet: undefined. */
function answerOf({ isMulti }: Question, { labels, own }: Chosen): Answer | undefined {
  const all = [...labels, ...(own.trim() === '' ? [] : [own.trim()])]
  if (all.length === 0) return undefined
  return isMulti && all.length > 1 ? all : all.join(', ')
}

/** An agent gets answers by the text of the question: one that it asked twice has both. */
const both = (before: Answer | undefined, answer: Answer): Answer => (before === undefined || String(before) === String(answer) ? answer : [...[before].flat(), ...[answer].flat()].join(', '))

/** The whole answer, once every question has one. */
export function answersOf(questions: readonly Question[], chosen: Readonly<Record<number, Chosen>>): Record<string, Answer> | undefined {
  const answers: Record<string, Answer> = {}
  for (const [at, question] of questions.entries()) {
    const answer = answerOf(question, chosen[at] ?? nothing)
    if (answer === undefined) return undefined
    answers[question.text] = both(answers[question.text], answer)
  }
  return questions.length === 0 ? undefined : answers
}
