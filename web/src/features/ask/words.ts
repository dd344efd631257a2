import type { Ask, AskDecision } from '~/api/generated'
import { formatClock, formatDuration, plural } from '~/lib/format'
import { isObject, listAt, textAt } from '~/lib/json'
import { visibleName } from '~/lib/visible'

/** Of what the lists, the titles and the results speak. */
export type AskLike = Pick<Ask, 'kind' | 'tool' | 'title' | 'plan' | 'input'>

/** `mcp__server__tool`, as CLIs name the tools of MCP servers. */
function namedTool(tool: string): string {
  const [, server, name] = /^mcp__(.+?)__(.+)$/.exec(tool) ?? []
  return visibleName(server && name ? `Use ${name} of ${server}` : `Use ${tool}`)
}

const has = (input: unknown, key: string) => isObject(input) && key in input

/** What the agent wants to do, by what its arguments are and not by the tool's name. */
function permissionVerb({ tool, input }: AskLike): string {
  if (textAt(input, 'command') !== undefined) return 'Run a command'
  if (textAt(input, 'content') !== undefined && has(input, 'file_path')) return 'Write a file'
  if (has(input, 'old_string') || has(input, 'edits')) return 'Edit a file'
  if (textAt(input, 'url') !== undefined) return 'Fetch a page'
  if (has(input, 'file_path') && /^read$/i.test(tool)) return 'Read a file'
  if (has(input, 'query') && /search/i.test(tool)) return 'Search the web'
  return namedTool(tool)
}

const step = /^\s*(?:\d+[.)]|[-*+])\s+\S/

/** Lines of a plan that begin a step. */
export function stepsOf(plan: string): number {
  const lines = plan.split('\n')
  const numbered = lines.filter((line) => /^\d+[.)]\s/.test(line)).length
  return numbered > 0 ? numbered : lines.filter((line) => step.test(line)).length
}

export const planOf = (ask: AskLike) => textAt(ask.input, 'plan') ?? ask.plan ?? ''

/** The title of an ask: a verb, the question itself, or the size of the plan. */
export function verbOf(ask: AskLike): string {
  switch (ask.kind) {
    case 'question': {
      const [first, ...more] = listAt(ask.input, 'questions')
      if (more.length > 0) return plural(more.length + 1, 'question')
      return visibleName(textAt(first, 'question') ?? ask.title ?? 'A question')
    }
    case 'plan': {
      const steps = stepsOf(planOf(ask))
      return steps > 0 ? `A plan of ${plural(steps, 'step')}` : 'A plan to review'
    }
    default:
      return permissionVerb(ask)
  }
}

/** What the key of a denial does to an ask of this kind, in the words of its button. */
export const denyWords: Record<Ask['kind'], string> = { permission: 'deny', plan: 'send back', question: 'skip' }

/** One word for narrow places. */
export function kindWord(ask: AskLike): string {
  if (ask.kind === 'question') return 'Question'
  if (ask.kind === 'plan') return 'Plan'
  return textAt(ask.input, 'command') === undefined ? 'Permission' : 'Command'
}

/** What it is about, in one line. isCode: it can be pasted. */
export function objectOf(ask: AskLike): { text: string; isCode: boolean } {
  if (ask.kind !== 'permission') return { text: ask.kind === 'plan' ? firstLine(planOf(ask)) : verbOf(ask), isCode: false }
  const text = textAt(ask.input, 'command') ?? ask.title ?? textAt(ask.input, 'file_path') ?? ask.tool
  return { text: firstLine(text), isCode: true }
}

function firstLine(text: string): string {
  const [line = '', ...rest] = text.trim().slice(0, 2000).split('\n')
  const plain = line.replace(/^#+\s*/, '')
  return visibleName(rest.length > 0 ? `${plain} …` : plain)
}

/** The person on whose machine the daemon runs. */
const localPerson = 'usr_00000000000000000000000000'

type Settled = Pick<Ask, 'state' | 'decision' | 'decidedBy' | 'answeredBy' | 'answeredAt'>

const past: Record<AskDecision, string> = { allow: 'allowed', allow_always: 'allowed for the session', deny: 'denied', answer: 'answered' }

export function isDenied({ state, decision }: Settled): boolean {
  return state !== 'answered' || decision === 'deny'
}

export function whoOf({ decidedBy, answeredBy }: Settled): string {
  if (decidedBy === 'rule') return 'a rule'
  return answeredBy === undefined || answeredBy === localPerson ? 'you' : visibleName(answeredBy)
}

/** Beside a row of those that were answered: "by rule", "you denied", "withdrawn". */
export function resultOf(ask: Settled): string {
  if (ask.state === 'cancelled') return 'withdrawn'
  if (ask.state === 'void') return 'its turn ended'
  if (ask.decidedBy === 'rule') return ask.decision === 'deny' ? 'denied by rule' : 'by rule'
  return ask.decision === 'deny' ? `${whoOf(ask)} denied` : whoOf(ask)
}

/** A sentence on an ask that takes no answer any more. */
export function settledSentence(ask: Settled): string {
  const at = ask.answeredAt === undefined ? '' : `, ${formatClock(ask.answeredAt)}`
  if (ask.state === 'cancelled') return `The agent withdrew it${at}.`
  if (ask.state === 'void') return `Its turn ended without an answer${at}.`
  return `Already answered by ${whoOf(ask)}: ${past[ask.decision ?? 'answer']}${at}.`
}

export function agoText(at: string | undefined, now: number): string {
  const time = at === undefined ? NaN : Date.parse(at)
  if (Number.isNaN(time)) return ''
  return formatDuration(now - time).split(' ').slice(0, 2).join(' ')
}
