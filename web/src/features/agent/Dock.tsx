import { useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import type { Agent } from '~/api/generated'
import { workspaceQuery } from '~/api/queries'
import { useAct } from '~/api/use-act'
import { useBefore } from '~/api/use-before'
import { useWholeInput } from '~/api/use-whole-input'
import { Composer } from '~/features/composer/Composer'
import type { AskItem, Snapshot } from '~/features/agent/items'
import { PlanStrip } from '~/features/agent/PlanStrip'
import { isTouch, useLostFocus } from '~/lib/focus'
import { plural } from '~/lib/format'
import { AskCard } from '~/ui/AskCard'

/** The bottom of an agent's page: its open asks, the queued messages, and the composer. */
export function Dock({ agent, transcript, onSent }: { agent: Agent; transcript: Snapshot; onSent: (messageId: string) => void }) {
  const { openAsks, plan } = transcript
  const [first] = openAsks
  const field = useRef<HTMLTextAreaElement>(null)
  const write = () => field.current?.focus()
  // Not to the next ask: what is typed then is text.
  const focus = useLostFocus(() => !isTouch() && write())
  return (
    <div {...focus} className="mx-auto w-full max-w-[832px] shrink-0">
      {plan.length > 0 && <PlanStrip entries={plan} />}
      <Composer
        agent={agent}
        field={field}
        onSent={onSent}
        ask={
          first && (
            <>
              <OpenAsk key={first.id} agent={agent} item={first} onLeave={write} />
              {openAsks.length > 1 && <p className="px-3 py-1 text-sm text-fg2">{plural(openAsks.length - 1, 'more ask')} after this one.</p>}
            </>
          )
        }
      />
    </div>
  )
}

function OpenAsk({ agent, item, onLeave }: { agent: Agent; item: AskItem; onLeave: () => void }) {
  const answer = useAct('answer_ask')
  const { ask, at } = item
  const askId = ask.askId
  const whole = useWholeInput({ ...ask, askId, digest: ask.digest }, answer.error)
  const { digest } = whole
  const workspace = useQuery(workspaceQuery(agent.workspaceId))
  const worktree = workspace.data?.worktrees.find(({ id }) => id === agent.worktreeId)
  const before = useBefore(whole.input, { workspaceId: agent.workspaceId, worktree }, item.before)
  return (
    <AskCard
      ask={{ ...ask, ...whole, id: item.id, before, at }}
      hasPageKeys
      isBusy={answer.isPending || answer.isSuccess || askId === undefined || digest === undefined}
      error={answer.error}
      onLeave={onLeave}
      onAnswer={(given) => askId !== undefined && digest !== undefined && answer.mutate({ askId, digest, ...given })}
    />
  )
}
