import type { Agent, Message } from '~/api/generated'
import { useSettled } from '~/api/unsent'
import { useAct } from '~/api/use-act'
import { faultText } from '~/features/composer/fault-words'
import { RowAct } from '~/ui/RowAct'
import type { ComposerState } from '~/features/composer/use-composer-state'
import { useSend } from '~/features/composer/use-send'
import { visible } from '~/lib/visible'
import { Icon } from '~/ui/Icon'

/**
 * Prompts that only a person can decide about: whether they arrived is not known, or the agent ended before it answered. Nothing
 * sends them again by itself.
 */
export function Doubts({ agent, state, onSent }: { agent: Agent; state: ComposerState; onSent: (messageId: string) => void }) {
  const settled = useSettled()
  const open = state.doubtful.filter(({ id }) => !settled.has(id))
  if (open.length + state.unanswered.length === 0) return null
  return (
    <ul aria-label="Not answered" className="max-h-[30dvh] shrink-0 overflow-y-auto">
      {open.map((message) => (
        <Doubt key={message.id} agent={agent} message={message} why="It is not known whether this arrived" other="It arrived" onOther={() => settled.add(message.id)} onSent={onSent} />
      ))}
      {state.unanswered.map((message) => (
        <Unanswered key={message.id} agent={agent} message={message} isBlocking={state.queued.length > 0} onSent={onSent} />
      ))}
    </ul>
  )
}

type UnansweredProps = { agent: Agent; message: Message; isBlocking: boolean; onSent: (messageId: string) => void }

function Unanswered({ agent, message, isBlocking, onSent }: UnansweredProps) {
  const drop = useAct('withdraw_message', undefined, 'toasted')
  const why = isBlocking ? 'The agent ended before it answered this: queued messages wait until you decide' : 'The agent ended before it answered this'
  return <Doubt agent={agent} message={message} why={why} other="Drop" onOther={() => drop.mutate({ agentId: agent.id, messageId: message.id })} onSent={onSent} />
}

type DoubtProps = { agent: Agent; message: Message; why: string; other: string; onOther: () => void; onSent: (messageId: string) => void }

function Doubt({ agent, message, why, other, onOther, onSent }: DoubtProps) {
  const send = useSend(agent, {
    onSent: (_sending, { messageId }) => {
      onSent(messageId)
      // An unanswered one is the same message again; of a doubtful one this is another.
      if (messageId !== message.id) onOther()
    },
  })
  const fault = send.error ? faultText('send', send.error) : send.startError && faultText('start', send.startError)
  const attachments = message.attachments?.map(({ id }) => id) ?? []
  return (
    <li className="flex flex-col gap-0.5 border-t border-line2 px-3 py-1.5 text-sm">
      <span className="flex items-center gap-2 text-wait">
        <Icon name="warn" className="size-3.5!" />
        {why}
      </span>
      <span className="flex items-center gap-2 max-sm:flex-wrap">
        <span className="line-clamp-2 min-w-0 flex-1 [overflow-wrap:anywhere] text-fg1 max-sm:basis-full">{visible(message.content)}</span>
        <RowAct label="Send again" isOff={send.isPending || message.truncated === true} run={() => send.run({ content: message.content, attachments })} />
        <RowAct label={other} isOff={send.isPending} run={onOther} />
      </span>
      {fault && (
        <span role="alert" className="text-err">
          {visible(fault)}
        </span>
      )}
    </li>
  )
}
