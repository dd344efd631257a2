import type { EvMessage, Message, MessagePageOut } from '~/api/generated'
import type { Fold } from '~/api/live'

/** Undefined: the event does not carry enough. */
function withMessage(messages: readonly Message[], event: EvMessage, at: string): Message[] | undefined {
  const { messageId, state, text, attachments } = event
  const known = messages.find(({ id }) => id === messageId)
  const others = messages.filter(({ id }) => id !== messageId)
  // One that is older than all that was read came back into the queue; its event has no text.
  if (!known && text === undefined) return state === 'queued' ? undefined : others
  if (state === 'withdrawn') return others
  const { waitsFor: _waits, ...before } = known ?? { id: messageId, role: 'user', content: '', createdAt: at, isComplete: true }
  const message: Message = { ...before, role: 'user', state, content: text ?? before.content, ...(attachments && { attachments }) }
  // What is edited stays where it is; what is queued is behind all that is not.
  if (state === 'queued' && known?.state === 'queued') return messages.map((one) => (one === known ? message : one))
  const end = state === 'queued' ? others.length : others.findIndex((one) => one.state === 'queued')
  return others.toSpliced(end === -1 ? others.length : end, 0, message)
}

const isQueued = ({ state }: Message) => state === 'queued'

function inOrder(messages: readonly Message[], ids: readonly string[]): Message[] {
  const places = new Map(ids.map((id, place) => [id, place]))
  const queued = messages.filter(isQueued).toSorted((a, b) => (places.get(a.id) ?? ids.length) - (places.get(b.id) ?? ids.length))
  return [...messages.filter((one) => !isQueued(one)), ...queued]
}

/** What it waited for is no longer so; `waitOf` knows what follows from the agent. */
function withoutWait(message: Message): Message {
  const { waitsFor: _waits, ...rest } = message
  return isQueued(message) ? rest : message
}

export const foldTail: Fold<MessagePageOut> = (page, event) => {
  switch (event.type) {
    case 'message': {
      const messages = withMessage(page.messages, event.payload, event.at)
      return messages ? { ...page, messages } : 'refetch'
    }
    case 'queue':
      return { ...page, messages: inOrder(page.messages, event.payload.ids) }
    case 'status':
      return page.messages.some(isQueued) ? { ...page, messages: page.messages.map(withoutWait) } : page
    default:
      return page
  }
}
