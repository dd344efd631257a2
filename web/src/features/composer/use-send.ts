import { useRef } from 'react'
import { isAlive, isBusy } from '~/api/agents'
import type { Agent, Comment, MessageSendOut } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { isOnePrompt } from '~/features/composer/use-comments'

export type Sending = { content: string; attachments: readonly string[] }

type With = { comments?: readonly Comment[]; /** Interrupts the turn. */ isNow?: boolean }

type Options = {
  /** It is stored: what was typed for it can go. */
  onSent: (sending: Sending, answer: Pick<MessageSendOut, 'messageId' | 'status' | 'running'>) => void
}

/**
 * Sends in whatever state the agent is: now, after this turn, or at its next start, which it begins. An attempt whose outcome is not
 * known is repeated under its key, so that a prompt is sent at most once.
 */
export function useSend(agent: Agent, { onSent }: Options) {
  const { id: agentId, workspaceId, worktreeId } = agent
  const isInterrupting = useRef(false)
  const start = useAct('start_agent')
  const now = useAct('send_message_now')
  const isRunning = isAlive(agent)
  const after = useRef<readonly Comment[]>([])
  const sendComments = useAct('send_comments', ({ messageId }, { text }) => {
    if (text === undefined) return
    onSent({ content: text, attachments: [] }, { messageId, status: isBusy(agent) || !isRunning ? 'queued' : 'sent', running: isRunning })
    if (!isRunning) start.mutate({ agentId })
    else if (isInterrupting.current && isBusy(agent)) now.mutate({ agentId, messageId, interrupt: true })
  })
  const withComments = (comments: readonly Comment[], text?: string) =>
    sendComments.mutate({ workspaceId, worktreeId, agentId, commentIds: comments.map(({ id }) => id), ...(text !== undefined && { text }) })
  const send = useAct('send_message_to_agent', (answer, { content, attachments = [] }) => {
    onSent({ content, attachments }, answer)
    if (after.current.length > 0) withComments(after.current)
    const { messageId, status, running } = answer
    if (!running) start.mutate({ agentId })
    else if (isInterrupting.current && status === 'queued') now.mutate({ agentId, messageId, interrupt: true })
  })
  function run(sending: Sending, { comments = [], isNow = false }: With = {}) {
    const { content, attachments } = sending
    const isOne = comments.length > 0 && isOnePrompt(sending)
    // Where nothing runs there is nothing to interrupt.
    isInterrupting.current = isNow && isBusy(agent)
    after.current = isOne ? [] : comments
    now.reset()
    send.reset()
    sendComments.reset()
    if (isOne) return withComments(comments, content)
    send.mutate({ agentId, content, ...(attachments.length > 0 && { attachments: [...attachments] }) })
  }
  return {
    run,
    isPending: send.isPending || sendComments.isPending || start.isPending,
    error: send.error ?? (sendComments.variables?.text === undefined ? null : sendComments.error),
    commentsError: sendComments.variables?.text === undefined ? sendComments.error : null,
    startError: isAlive(agent) ? null : start.error,
    // The turn had ended by itself, and the prompt is on its way: what was wanted.
    nowError: now.error?.code === 'CONFLICT' ? null : now.error,
    dismiss() {
      for (const act of [send, sendComments, start, now]) act.reset()
    },
  }
}
