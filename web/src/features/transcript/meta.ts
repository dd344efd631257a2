import type { EvCommand, EvContext, EvMessage, EvPlanEntry, EvUsage, Message } from '~/api/generated'
import type { StreamEvent } from '~/api/wire'
import { asideOf, type PromptItem } from '~/features/transcript/items'
import { itemOf } from '~/features/transcript/messages'

export type TurnUsage = Pick<EvUsage, 'input' | 'output' | 'cacheRead' | 'cacheCreation' | 'costMicros'>

/** What the composer and the head of an agent's page show. */
export type Meta = {
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

export const noMeta: Meta = { queued: [], turnOf: undefined, plan: [], commands: [], model: undefined, usage: undefined, context: undefined }

export function addUsage(sum: TurnUsage | undefined, more: EvUsage): TurnUsage {
  return {
    input: (sum?.input ?? 0) + more.input,
    output: (sum?.output ?? 0) + more.output,
    cacheRead: (sum?.cacheRead ?? 0) + more.cacheRead,
    cacheCreation: (sum?.cacheCreation ?? 0) + more.cacheCreation,
    costMicros: (sum?.costMicros ?? 0) + more.costMicros,
  }
}

/** `sent`: the prompt as it was shown until now, if it was handed over and waits again. */
function withPrompt(meta: Meta, event: EvMessage, at: string, sent: PromptItem | undefined): Meta {
  const { messageId, state, text, isEdited, truncated, attachments } = event
  const waited = meta.queued.find((prompt) => prompt.messageId === messageId)
  const queued = meta.queued.filter((prompt) => prompt !== waited)
  if (state !== 'queued') return { ...meta, queued, ...(state === 'sent' && { turnOf: messageId }) }
  const before = waited ?? sent
  const words = { text: text ?? before?.text ?? '', isCut: truncated ?? before?.isCut ?? false, isEdited: isEdited ?? before?.isEdited ?? false }
  const prompt: PromptItem = {
    ...asideOf(`m:${messageId}`, before?.at ?? at),
    ...words,
    messageId,
    kind: 'prompt',
    state: 'queued',
    waitsFor: undefined,
    attachments: attachments ?? before?.attachments ?? [],
  }
  const place = waited ? meta.queued.indexOf(waited) : meta.queued.length
  return { ...meta, queued: meta.queued.toSpliced(place, waited ? 1 : 0, prompt) }
}

/** What an event says beside the transcript. `sent`: the prompt that it moves, as the transcript shows it. */
export function foldMeta(meta: Meta, event: StreamEvent, sent?: PromptItem): Meta {
  switch (event.type) {
    case 'message':
      return withPrompt(meta, event.payload, event.at, sent)
    case 'queue': {
      const places = new Map(event.payload.ids.map((id, place) => [id, place]))
      const placeOf = ({ messageId = '' }: PromptItem) => places.get(messageId) ?? places.size
      return { ...meta, queued: meta.queued.toSorted((a, b) => placeOf(a) - placeOf(b)) }
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
      return { ...meta, usage: undefined }
    case 'commands':
      return { ...meta, commands: withCommands(meta.commands, event.payload.commands, event.payload.namesOnly === true) }
    default:
      return meta
  }
}

/** A prompt that waits, and of which no event has said what it is. */
export function isBlank({ queued }: Meta, messageId: string): boolean {
  return queued.some((prompt) => prompt.messageId === messageId && prompt.text === '' && prompt.attachments.length === 0)
}

/** A prompt that waits again, and whose words no event has said: what was read of it. */
export function withWords(meta: Meta, read: Message): Meta {
  const item = itemOf(read)
  if (item.kind !== 'prompt') return meta
  return { ...meta, queued: meta.queued.map((prompt) => (prompt.messageId === read.id && prompt.text === '' ? { ...item, state: 'queued' } : prompt)) }
}

function withCommands(before: readonly EvCommand[], now: readonly EvCommand[], isNamesOnly: boolean): readonly EvCommand[] {
  if (!isNamesOnly) return now
  const known = new Map(before.map((command) => [command.name, command]))
  return now.map((command) => known.get(command.name) ?? command)
}

/** What the newest page and the lists beside it say. */
export function metaOf(messages: readonly Message[], commands: readonly EvCommand[]): Meta {
  const queued = messages.filter(({ state }) => state === 'queued').map((message) => itemOf(message))
  return {
    ...noMeta,
    queued: queued.filter((item) => item.kind === 'prompt'),
    turnOf: messages.findLast(({ role, state }) => role === 'user' && state === 'sent')?.id,
    commands,
  }
}

/** Past events that say what no list says. */
export function isPastMeta({ type }: StreamEvent): boolean {
  return type === 'plan' || type === 'session' || type === 'context' || type === 'usage' || type === 'turn_end'
}
