import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { CommandList, EvCommand, EvCommands, EvMessage, Message, MessagePageOut, Turn } from '~/api/generated'
import { liveQuery, type Fold } from '~/api/live'
import { turnsQuery } from '~/api/turns'
import { doubtfulQuery } from '~/api/unsent'

/** The end of the conversation: the queue, and the last prompts. */
const tail = 30

function withMessage(messages: readonly Message[], event: EvMessage, at: string): Message[] {
  const { messageId, state, text, attachments } = event
  const known = messages.find(({ id }) => id === messageId)
  const others = messages.filter(({ id }) => id !== messageId)
  if (state === 'withdrawn' || (!known && text === undefined)) return others
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
    case 'message':
      return { ...page, messages: withMessage(page.messages, event.payload, event.at) }
    case 'queue':
      return { ...page, messages: inOrder(page.messages, event.payload.ids) }
    case 'status':
      return page.messages.some(isQueued) ? { ...page, messages: page.messages.map(withoutWait) } : page
    default:
      return page
  }
}

export function mergeCommands(before: readonly EvCommand[], { commands, namesOnly }: EvCommands): EvCommand[] {
  if (!namesOnly) return commands
  const known = new Map(before.map((command) => [command.name, command]))
  return commands.map((command) => known.get(command.name) ?? command)
}

const foldCommands: Fold<CommandList> = (list, event) =>
  event.type === 'commands' ? { commands: mergeCommands(list.commands, event.payload) } : list

const tailQuery = (agentId: string) => liveQuery('get_agent_messages', { agentId, limit: tail }, [`agent/${agentId}`], foldTail)
const commandsQuery = (agentId: string) => liveQuery('list_commands', { agentId }, [`agent/${agentId}`], foldCommands)

export type ComposerState = {
  /** Prompts that wait, in their order. */
  queued: readonly Message[]
  /** Prompts that were handed over without a sign that they arrived. */
  doubtful: readonly Message[]
  /** Prompts whose turn ended before anything was said. */
  unanswered: readonly Message[]
  commands: CommandList
  /** The newest turn; its outcome says whether it runs. */
  turn: Turn | undefined
  /** The prompts that were sent, the newest first. */
  promptIds: readonly string[]
}

const noMessages: readonly Message[] = []
const noCommands: CommandList = { commands: [] }

/** All that the composer shows of an agent besides its row. The one place to change when a transcript has it already. */
export function useComposerState(agentId: string): ComposerState {
  const messages = useQuery(tailQuery(agentId)).data?.messages ?? noMessages
  const doubtful = useQuery(doubtfulQuery(agentId)).data?.messages ?? noMessages
  const commands = useQuery(commandsQuery(agentId)).data ?? noCommands
  const turns = useQuery(turnsQuery(agentId)).data?.turns
  return useMemo(() => {
    const of = (state: Message['state']) => messages.filter((one) => one.role === 'user' && one.state === state)
    const promptIds = (turns ?? []).flatMap(({ messageId }) => messageId ?? []).toReversed()
    return { queued: of('queued'), doubtful, unanswered: of('unanswered'), commands, turn: turns?.at(-1), promptIds }
  }, [messages, doubtful, commands, turns])
}
