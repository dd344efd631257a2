import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { CommandList, EvCommand, EvCommands, Message, Turn } from '~/api/generated'
import { liveQuery, type Fold } from '~/api/live'
import { turnsQuery } from '~/api/turns'
import { doubtfulQuery } from '~/api/unsent'
import { foldTail } from '~/features/composer/tail'

/** The end of the conversation: the queue, and the last prompts. */
const tail = 30

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
