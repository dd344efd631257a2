import type { DoubtfulMessages } from '~/api/generated'
import { liveQuery, readQuery, type Fold } from '~/api/live'
import { settledIds, settledKey, withSettled } from '~/api/settled'
import { useUiState } from '~/api/ui-state'

/** An event has too little of a prompt that is new here. */
const fold: Fold<DoubtfulMessages> = (list, event) => {
  if (event.type !== 'message') return list
  const { messageId, state } = event.payload
  const isKnown = list.messages.some(({ id }) => id === messageId)
  if (state === 'delivery_unknown') return isKnown ? list : 'refetch'
  return isKnown ? { ...list, messages: list.messages.filter(({ id }) => id !== messageId) } : list
}

/** Prompts of an agent of which nobody knows whether they arrived, however long ago. */
export const doubtfulQuery = (agentId: string) => liveQuery('list_doubtful_messages', { agentId }, [`agent/${agentId}`], fold)

export const mostDoubtful = 200
/** The same of all agents. */
export const allDoubtfulQuery = () => readQuery('list_doubtful_messages', { limit: mostDoubtful })

const identity = (value: unknown) => value

/** Those of which a person has said what became of them, on whichever device. */
export function useSettled() {
  const [value, store] = useUiState<unknown>(settledKey, identity)
  const ids = settledIds(value)
  return { has: (id: string) => ids.includes(id), add: (id: string) => store(withSettled(ids, [id])) }
}
