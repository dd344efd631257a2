import { call } from '~/api/client'
import type { EvCommand, Message } from '~/api/generated'

/** None where they cannot be read: the transcript is there without them. */
export const readCommands = (agentId: string): Promise<readonly EvCommand[]> => call('list_commands', { agentId }).then(({ body }) => body.commands, () => [])

export const readMessage = (agentId: string, messageId: string): Promise<Message | undefined> => call('get_message', { agentId, messageId }).then(({ body }) => body, () => undefined)
