import { call } from '~/api/client'
import type { ItemList } from '~/features/transcript/list'
import { itemOf } from '~/features/transcript/messages'

const mostCalls = 20

/** Calls that were running when their page was read, and of which one ended without a name that is known here. */
export async function readOpenCalls(agentId: string, list: ItemList) {
  const open = list.all.filter((item) => item.kind === 'tool' && item.toolId === undefined && item.state === 'running')
  for (const { messageId, key } of open.slice(0, mostCalls)) {
    const answer = messageId === undefined ? undefined : await call('get_message', { agentId, messageId }).catch(() => undefined)
    if (answer?.body.isComplete && list.get(key)) list.put({ ...itemOf(answer.body), key })
  }
}
