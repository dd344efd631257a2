import { useAct } from '~/api/use-act'
import { call } from '~/api/client'
import type { Agent, Message } from '~/api/generated'
import { CallError } from '~/api/wire'
import { toastError, toastUndo } from '~/ui/toasts'

/** The prompts in another order: `from` and `to` are places. */
export function moved(ids: readonly string[], from: number, to: number): string[] {
  const id = ids[from]
  return id === undefined ? [...ids] : ids.toSpliced(from, 1).toSpliced(to, 0, id)
}

/** Sends a dropped prompt again, at the place that it had. If the agent has become idle by then, it is sent at once. */
async function bringBack(agentId: string, { content, attachments = [] }: Message, place: number, others: readonly string[], key: string) {
  const ids = attachments.map(({ id }) => id)
  const { body } = await call('send_message_to_agent', { agentId, content, ...(ids.length > 0 && { attachments: ids }) }, key)
  if (body.status !== 'queued' || place >= others.length) return
  await call('reorder_messages', { agentId, messageIds: others.toSpliced(place, 0, body.messageId) }, crypto.randomUUID())
}

/** What can be done to the prompts that wait. */
export function useQueue(agent: Agent, queued: readonly Message[]) {
  const agentId = agent.id
  const ids = queued.map(({ id }) => id)
  const order = useAct('reorder_messages', undefined, 'toasted')
  const now = useAct('send_message_now', undefined, 'toasted')
  const withdraw = useAct('withdraw_message', undefined, 'toasted')
  const isBusy = order.isPending || now.isPending || withdraw.isPending
  /** By key, by menu and by hand alike: it is said, and can be taken back. */
  function move(from: number, to: number) {
    if (from < 0 || to < 0 || to >= ids.length || from === to) return
    order.mutate({ agentId, messageIds: moved(ids, from, to) }, { onSuccess: () => toastUndo(`Moved to place ${to + 1} of ${ids.length}`, () => order.mutateAsync({ agentId, messageIds: ids })) })
  }
  return {
    isBusy,
    sendNow: (messageId: string) => now.mutate({ agentId, messageId }),
    move,
    drag: (messageId: string, to: number) => move(ids.indexOf(messageId), to),
    async drop(message: Message) {
      const place = ids.indexOf(message.id)
      await withdraw.mutateAsync({ agentId, messageId: message.id })
      const others = ids.filter((id) => id !== message.id)
      const key = crypto.randomUUID()
      toastUndo('The prompt was dropped', async () => {
        try {
          await bringBack(agentId, message, place, others, key)
        } catch (error) {
          if (error instanceof CallError) toastError(error)
          throw error
        }
      })
    },
  }
}

/** Where the text of a queued prompt is kept while it is edited. */
export const queuedDraft = (messageId: string) => `queued.${messageId}`
