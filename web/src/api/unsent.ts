import { readQuery } from '~/api/live'

/** The newest messages of an agent, to see whether one of its prompts may not have arrived. */
export const newestMessagesQuery = (agentId: string) => readQuery('get_agent_messages', { agentId, limit: 20 })
