import { useRef } from 'react'
import { isAlive } from '~/api/agents'
import type { Agent, MessageSendOut } from '~/api/generated'
import { useAct } from '~/api/use-act'

export type Sending = { content: string; attachments: readonly string[] }

type Options = {
  /** It is stored: what was typed for it can go. */
  onSent: (sending: Sending, answer: MessageSendOut) => void
}

/**
 * Sends in whatever state the agent is: now, after this turn, or at its next start, which it begins. An attempt whose outcome is not
 * known is repeated under its key, so that a prompt is sent at most once.
 */
export function useSend(agent: Agent, { onSent }: Options) {
  const agentId = agent.id
  const isInterrupting = useRef(false)
  const start = useAct('start_agent')
  const now = useAct('send_message_now')
  const send = useAct('send_message_to_agent', (answer, { content, attachments = [] }) => {
    onSent({ content, attachments }, answer)
    const { messageId, status, running } = answer
    if (!running) start.mutate({ agentId })
    else if (isInterrupting.current && status === 'queued') now.mutate({ agentId, messageId, interrupt: true })
  })
  function run({ content, attachments }: Sending, isNow = false) {
    isInterrupting.current = isNow
    now.reset()
    send.mutate({ agentId, content, ...(attachments.length > 0 && { attachments: [...attachments] }) })
  }
  return {
    run,
    isPending: send.isPending || start.isPending,
    error: send.error,
    startError: isAlive(agent) ? null : start.error,
    nowError: now.error,
  }
}
