import type { AskDecision, EvAsk, EvAttachment, MessageState, MessageWait, NoticeLevel, ToolKind } from '~/api/generated'

/**
 * One thing that was said or done. Items are replaced, never changed, so that an item that is still the same object needs no new row.
 * `key` names it for the page, `order` is the time that gives it its place beside the messages, `index` its number in the conversation.
 */
type Common = { key: string; at: string; order: string; index: number | undefined; messageId: string | undefined; parent: string | undefined }

export type PromptItem = Common & {
  kind: 'prompt'
  text: string
  isCut: boolean
  isEdited: boolean
  state: MessageState
  waitsFor: MessageWait | undefined
  attachments: readonly EvAttachment[]
}
export type TextItem = Common & {
  kind: 'text'
  text: string
  block: string | undefined
  isStreaming: boolean
  isError: boolean
  /** Its rest never came. */
  isIncomplete: boolean
  isCut: boolean
  /** Its whole length in bytes, if it was cut. */
  size: number | undefined
}
/** `seq`: the number of its event. */
export type ThoughtItem = Common & { kind: 'thought'; text: string; seq: number; isCut: boolean }
/** waiting: for permission. behind: for another call that is waiting. denied: it was not allowed, and did not run. */
export type ToolState = 'running' | 'waiting' | 'behind' | 'done' | 'failed' | 'denied'
export type ToolItem = Common & {
  kind: 'tool'
  toolId: string | undefined
  name: string
  toolKind: ToolKind
  title: string
  input: unknown
  isInputCut: boolean
  state: ToolState
  isEdited: boolean
  /** Why it was not allowed: a person or a rule said no, or its ask was withdrawn, as by an interrupt. */
  refusal: 'denied' | 'withdrawn' | undefined
  output: string | undefined
  isOutputCut: boolean
  added: number | undefined
  removed: number | undefined
  exitCode: number | undefined
  durationMs: number | undefined
  path: string | undefined
  progress: string | undefined
  /** When it began, or when it was allowed. */
  startedAt: string
  endedAt: string | undefined
}
/** Questions with their answers. */
export type Answers = readonly (readonly [question: string, answer: string])[]
/** A question, a plan, or a permission: what was asked and what became of it. */
export type AskItem = Common & {
  kind: 'ask'
  ask: EvAsk
  state: 'open' | 'answered' | 'void'
  decision: AskDecision | undefined
  message: string | undefined
  answers: Answers
  isEdited: boolean
  /** The rule that answered, as text. */
  rule: string | undefined
}
export type NoteItem = Common & { kind: 'note'; level: NoticeLevel; code: string; text: string; seq: number }
/** A turn or a program that failed. */
export type FailItem = Common & { kind: 'fail'; text: string; code: string | undefined; httpStatus: number | undefined; seq: number }

export type Item = PromptItem | TextItem | ThoughtItem | ToolItem | AskItem | NoteItem | FailItem

/** Not a message: events alone tell of it, and its time gives its place. */
export function isAside({ kind }: Item): boolean {
  return kind === 'thought' || kind === 'note' || kind === 'fail' || kind === 'ask'
}

/** It has ended, or will never run. */
export function isOver({ state }: ToolItem): boolean {
  return state === 'done' || state === 'failed' || state === 'denied'
}

/** Of an item that only events know. */
export function asideOf(key: string, at: string, parent?: string): Common {
  return { key, at, order: at, index: undefined, messageId: undefined, parent }
}
