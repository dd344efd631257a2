import type { Ask, EvAsk, EvCommand, EvContext, EvMessage, EvPlanEntry, EvUsage, Message } from '~/api/generated'
import type { StreamEvent } from '~/api/wire'
import { asideOf, type PromptItem } from '~/features/transcript/items'
import { itemOf } from '~/features/transcript/messages'

export type TurnUsage = Pick<EvUsage, 'input' | 'output' | 'cacheRead' | 'cacheCreation' | 'costMicros'>
export type OpenAsk = { id: string; at: string; ask: EvAsk }

/** What the composer and the head of an agent's page show. */
export type Meta = {
  openAsks: readonly OpenAsk[]
  /** Prompts that wait, in their order. */
  queued: readonly PromptItem[]
  /** The prompt that was sent last: a running turn belongs to it. */
  turnOf: string | undefined
  plan: readonly EvPlanEntry[]
  commands: readonly EvCommand[]
  model: string | undefined
  /** Of the turn that runs. */
  usage: TurnUsage | undefined
  context: EvContext | undefined
}

export const noMeta: Meta = { openAsks: [], queued: [], turnOf: undefined, plan: [], commands: [], model: undefined, usage: undefined, context: undefined }

/** A stored ask as its event showed it. */
export function askEvent(ask: Ask): EvAsk {
  const { id, createdAt: _at, state: _state, subjectId: _subject, subjectKind: _kind, ...rest } = ask
  return { ...rest, askId: id, requestId: id }
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

function withPrompt(meta: Meta, event: EvMessage, at: string): Meta {
  const { messageId, state, text, isEdited, truncated, attachments } = event
  const before = meta.queued.find((prompt) => prompt.messageId === messageId)
  const queued = meta.queued.filter((prompt) => prompt !== before)
  if (state !== 'queued') return { ...meta, queued, ...(state === 'sent' && { turnOf: messageId }) }
  const words = { text: text ?? before?.text ?? '', isCut: truncated ?? before?.isCut ?? false, isEdited: isEdited ?? before?.isEdited ?? false }
  const prompt: PromptItem = {
    ...asideOf(`m:${messageId}`, at),
    ...words,
    messageId,
    kind: 'prompt',
    state: 'queued',
    waitsFor: undefined,
    attachments: attachments ?? before?.attachments ?? [],
  }
  const place = before ? meta.queued.indexOf(before) : meta.queued.length
  return { ...meta, queued: meta.queued.toSpliced(place, before ? 1 : 0, before ? { ...before, ...words, attachments: prompt.attachments } : prompt) }
}

/** What an event says beside the transcript. */
export function foldMeta(meta: Meta, event: StreamEvent): Meta {
  switch (event.type) {
    case 'message':
      return withPrompt(meta, event.payload, event.at)
    case 'queue': {
      const places = new Map(event.payload.ids.map((id, place) => [id, place]))
      const placeOf = ({ messageId = '' }: PromptItem) => places.get(messageId) ?? places.size
      return { ...meta, queued: meta.queued.toSorted((a, b) => placeOf(a) - placeOf(b)) }
    }
    case 'ask': {
      const id = event.payload.askId ?? event.payload.requestId
      const others = meta.openAsks.filter((ask) => ask.id !== id)
      return { ...meta, openAsks: [...others, { id, at: event.at, ask: event.payload }] }
    }
    case 'ask_answered':
    case 'ask_cancel': {
      const id = event.payload.askId ?? event.payload.requestId
      return { ...meta, openAsks: meta.openAsks.filter((ask) => ask.id !== id) }
    }
    case 'plan':
      return { ...meta, plan: event.payload.entries }
    case 'session':
      return { ...meta, model: event.payload.model ?? meta.model }
    case 'context':
      return { ...meta, context: event.payload }
    case 'usage':
      return { ...meta, usage: addUsage(meta.usage, event.payload) }
    case 'turn_end':
      return { ...meta, usage: undefined }
    case 'exit':
      return { ...meta, usage: undefined, openAsks: [] }
    case 'commands':
      return { ...meta, commands: withCommands(meta.commands, event.payload.commands, event.payload.namesOnly === true) }
    default:
      return meta
  }
}

function withCommands(before: readonly EvCommand[], now: readonly EvCommand[], isNamesOnly: boolean): readonly EvCommand[] {
  if (!isNamesOnly) return now
  const known = new Map(before.map((command) => [command.name, command]))
  return now.map((command) => known.get(command.name) ?? command)
}

/** What the newest page and the lists beside it say. */
export function metaOf(messages: readonly Message[], asks: readonly Ask[], commands: readonly EvCommand[]): Meta {
  const queued = messages.filter(({ state }) => state === 'queued').map((message) => itemOf(message))
  return {
    ...noMeta,
    openAsks: asks.filter(({ state }) => state === 'open').map((ask) => ({ id: ask.id, at: ask.createdAt, ask: askEvent(ask) })),
    queued: queued.filter((item) => item.kind === 'prompt'),
    turnOf: messages.findLast(({ role, state }) => role === 'user' && state === 'sent')?.id,
    commands,
  }
}

/** Past events that say what no list says. */
export function isPastMeta({ type }: StreamEvent): boolean {
  return type === 'plan' || type === 'session' || type === 'context' || type === 'usage' || type === 'turn_end'
}
