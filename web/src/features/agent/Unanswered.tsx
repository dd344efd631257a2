import { useQuery } from '@tanstack/react-query'
import type { Agent } from '~/api/generated'
import { messageQuery } from '~/api/queries'
import { useAct } from '~/api/use-act'
import { useSend } from '~/features/agent/Composer'
import type { Item, PromptItem } from '~/features/agent/items'
import { visible } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Icon } from '~/ui/Icon'
import { ErrorNote } from '~/ui/Notes'

/** Whether its session was lost since: then what is queued waits for a decision about it. */
function isSessionLost(items: readonly Item[], prompt: PromptItem): boolean {
  const lost = items.findLastIndex((item) => item.kind === 'note' && item.code === 'session_lost')
  return lost > items.indexOf(prompt)
}

type UnansweredProps = { agent: Agent; items: readonly Item[]; onSent: (messageId: string) => void }

/** Prompts whose turn ended before anything was said: nothing but a person's act sends them again. */
export function Unanswered({ agent, items, onSent }: UnansweredProps) {
  const unanswered = items.filter((item): item is PromptItem => item.kind === 'prompt' && item.state === 'unanswered')
  const [first] = unanswered
  if (!first) return null
  return (
    <section aria-label="Not answered" className="flex flex-col gap-2 rounded-md border border-line2 bg-bg2 p-3">
      <h2 className="flex items-center gap-2 text-sm font-medium text-wait">
        <Icon name="warn" />
        {isSessionLost(items, first) ? 'The session is lost: queued messages wait until you decide' : 'The agent ended before it answered'}
      </h2>
      <ul className="flex flex-col gap-2">
        {unanswered.map((prompt) => (
          <Prompt key={prompt.id} agent={agent} prompt={prompt} onSent={onSent} />
        ))}
      </ul>
    </section>
  )
}

function Prompt({ agent, prompt, onSent }: { agent: Agent; prompt: PromptItem; onSent: (messageId: string) => void }) {
  const { messageId, text, isCut } = prompt
  const send = useSend(agent, (_content, id, isNow) => isNow && onSent(id))
  const drop = useAct('withdraw_message')
  // What is sent again is recognised by its words, all of them.
  const whole = useQuery({ ...messageQuery(agent.id, messageId), enabled: isCut })
  const content = isCut ? whole.data?.content : text
  const isBusy = send.isPending || drop.isPending
  const error = send.error ?? send.startError ?? drop.error ?? whole.error
  return (
    <li className="flex flex-col gap-2">
      <p className="line-clamp-3 text-sm [overflow-wrap:anywhere] whitespace-pre-wrap text-fg1">{visible(text)}</p>
      <div className="flex gap-2">
        <Button look="plain" icon="send" disabled={isBusy || content === undefined} onClick={() => content !== undefined && send.run(content)}>
          Send again
        </Button>
        <Button look="quiet" disabled={isBusy} onClick={() => drop.mutate({ agentId: agent.id, messageId })}>
          Drop
        </Button>
      </div>
      {error && <ErrorNote title="Nothing was done" error={error} />}
    </li>
  )
}
