import type {
  AskDecision,
  EvAsk,
  EvPlanEntry,
  EvToolStart,
  EvTurnEnd,
  EvUsage,
  MessageState,
  NoticeLevel,
} from '~/api/generated'
import type { Before } from '~/lib/tool-input'

type Row = { id: string; at: string }

export type PromptItem = Row & { kind: 'prompt'; messageId: string; text: string; isCut: boolean; state: MessageState }
export type TextItem = Row & {
  kind: 'text' | 'thought'
  text: string
  isStreaming: boolean
  isError: boolean
  /** Its rest never came. */
  isIncomplete: boolean
  isCut: boolean
  /** The message that holds all of it, if it was cut. */
  messageId: string | undefined
  /** Its whole length in bytes. */
  size: number | undefined
  parent: string | undefined
}
export type ToolItem = Row & {
  kind: 'tool'
  call: EvToolStart
  /** The file that it writes, as it was when the call started. */
  before: Before | undefined
  /** waiting: for permission. behind: for another call that is waiting. */
  state: 'running' | 'waiting' | 'behind' | 'done' | 'failed' | 'denied'
  /** A person changed the agent's arguments. */
  isEdited: boolean
  /** A person did not allow it, so it ends without having run. */
  isDenied: boolean
  /** When it started, or when it was allowed. */
  startedAt: string
  output: string | undefined
  isCut: boolean
  progress: string | undefined
  endedAt: string | undefined
}
/** Questions with their answers. */
export type Answers = readonly (readonly [question: string, answer: string])[]
export type AskItem = Row & {
  kind: 'ask'
  ask: EvAsk
  before: Before | undefined
  state: 'open' | 'answered' | 'void'
  decision: AskDecision | undefined
  message: string | undefined
  answers: Answers
  isEdited: boolean
}
export type TurnItem = Row & { kind: 'turn'; end: EvTurnEnd; usage: TurnUsage | undefined }
export type NoteItem = Row & { kind: 'note'; level: NoticeLevel; code: string; text: string }
export type Item = PromptItem | TextItem | ToolItem | AskItem | TurnItem | NoteItem

export type TurnUsage = Pick<EvUsage, 'input' | 'output' | 'cacheRead' | 'cacheCreation' | 'costMicros'>

/** Everything that an agent's page shows at one moment. */
export type Snapshot = {
  items: readonly Item[]
  queued: readonly PromptItem[]
  /** The prompt that was sent last: a running turn belongs to it. */
  turnOf: string | undefined
  openAsks: readonly AskItem[]
  plan: readonly EvPlanEntry[]
  model: string | undefined
  turnUsage: TurnUsage | undefined
  context: { used: number; window: number } | undefined
  /** False until the history has been read to its end. */
  isLive: boolean
}

export function addUsage(sum: TurnUsage | undefined, more: EvUsage): TurnUsage {
  return {
    input: (sum?.input ?? 0) + more.input,
    output: (sum?.output ?? 0) + more.output,
    cacheRead: (sum?.cacheRead ?? 0) + more.cacheRead,
    cacheCreation: (sum?.cacheCreation ?? 0) + more.cacheCreation,
    costMicros: (sum?.costMicros ?? 0) + more.costMicros,
  }
}

/** It has ended, or will never run. */
export function isOver({ state }: ToolItem): boolean {
  return state === 'done' || state === 'failed' || state === 'denied'
}
