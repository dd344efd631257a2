import type { Agent } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { transcriptOf } from '~/features/transcript/use-transcript'
import { toastError } from '~/ui/toasts'

/** Sends the prompt of a turn that the API failed once more. */
export function useRetry({ id: agentId, statusReason }: Agent, onSent: (messageId: string) => void) {
  const { mutate } = useAct('send_message_to_agent', ({ messageId }) => onSent(messageId), 'toasted')
  if (statusReason !== 'api') return undefined
  return () => {
    const last = transcriptOf(agentId).get().items.findLast((item) => item.kind === 'prompt')
    if (last?.kind !== 'prompt' || last.isCut) return toastError(new Error('The prompt is too long to be sent again from here. Copy it into the field below.'))
    return mutate({ agentId, content: last.text, attachments: last.attachments.map(({ id }) => id) })
  }
}
