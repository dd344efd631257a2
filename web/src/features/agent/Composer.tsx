import { useEffect, useMemo, type KeyboardEvent, type RefObject } from 'react'
import type { Agent } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { isAlive, isBusy } from '~/api/agents'
import { tooLong } from '~/api/lengths'
import { useDraft } from '~/api/ui-state'
import { isTouch } from '~/lib/focus'
import { useKeys } from '~/lib/keys'
import { visibleName } from '~/lib/visible'
import { Button, IconButton } from '~/ui/Button'
import { ErrorNote } from '~/ui/Notes'

/** For browsers that do not size the field to its content. */
const mostRows = 10

/** Sends in whatever state the agent is: now, after this turn, or at its next start. */
export function useSend(agent: Agent, onSent: (content: string, messageId: string, isNow: boolean) => void) {
  const agentId = agent.id
  const start = useAct('start_agent')
  const send = useAct('send_message_to_agent', ({ messageId, status, running }, { content }) => {
    onSent(content, messageId, status === 'sent' || !running)
    if (!running) start.mutate({ agentId })
  })
  const startError = isAlive(agent) ? null : start.error
  return { run: (content: string) => send.mutate({ agentId, content }), isPending: send.isPending || start.isPending, error: send.error, startError }
}

function hintOf(agent: Agent): string {
  if (agent.adapter === 'terminal') return isAlive(agent) ? 'Enter types the line into the program.' : 'The agent is not running; sending starts it.'
  if (agent.status === 'waiting') return 'The agent is waiting for your answer; your message is queued until this turn ends.'
  if (isBusy(agent)) return 'The agent is working; your message is queued until this turn ends.'
  if (isAlive(agent)) return 'Enter sends; Shift+Enter starts a new line.'
  return agent.isResumable ? 'The agent is not running; sending resumes it.' : 'The agent is not running; sending starts it.'
}

type ComposerProps = {
  agent: Agent
  turnOf: string | undefined
  field: RefObject<HTMLTextAreaElement | null>
  /** A message that does not go through the queue. */
  onSent: (messageId: string) => void
}

/** Opening an agent and typing writes to it. */
function useFirstFocus(field: RefObject<HTMLTextAreaElement | null>) {
  useEffect(() => {
    if (!isTouch()) field.current?.focus({ preventScroll: true })
  }, [field])
}

export function Composer({ agent, turnOf, field, onSent }: ComposerProps) {
  const { text, set, take } = useDraft(agent.id)
  const send = useSend(agent, (content, messageId, isNow) => {
    take(content)
    if (isNow) onSent(messageId)
  })
  useFirstFocus(field)
  const refusal = useMemo(() => tooLong('send_message_to_agent', 'content', text.trim()), [text])
  const canSend = text.trim() !== '' && !send.isPending && refusal === undefined
  function submit() {
    if (canSend) send.run(text.trim())
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    submit()
  }
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      {send.error && <ErrorNote title="The message was not sent" error={send.error} />}
      {send.startError && <ErrorNote title="The message is queued; the agent did not start" error={send.startError} />}
      <div className="flex items-end gap-1 rounded-lg border border-ctl bg-bg0 p-1 has-[textarea:focus-visible]:outline-2 has-[textarea:focus-visible]:outline-accent">
        <textarea
          ref={field}
          aria-label={`Message to ${visibleName(agent.name)}`}
          placeholder={`Message ${visibleName(agent.name)}`}
          rows={Math.min(mostRows, text.split('\n').length)}
          value={text}
          aria-invalid={refusal !== undefined || undefined}
          onChange={(event) => set(event.target.value)}
          onKeyDown={onKeyDown}
          className="field-sizing-content max-h-57 min-h-8 min-w-0 flex-1 resize-none self-center bg-transparent px-2 py-1 text-md outline-none placeholder:text-fg2"
        />
        <Interrupt agent={agent} turnOf={turnOf} />
        <IconButton type="submit" look="solid" icon="send" label={isBusy(agent) && agent.adapter !== 'terminal' ? 'Queue' : 'Send'} disabled={!canSend} />
      </div>
      {refusal === undefined ? (
        <p className="text-xs text-fg2 max-sm:sr-only">{hintOf(agent)}</p>
      ) : (
        <p role="alert" className="text-xs text-err">
          {refusal}
        </p>
      )}
    </form>
  )
}

/** Ends the turn on screen, not one that has started since. */
function Interrupt({ agent, turnOf }: Pick<ComposerProps, 'agent' | 'turnOf'>) {
  const interrupt = useAct('interrupt_agent', undefined, 'toasted')
  const run = () => interrupt.mutate({ agentId: agent.id, ...(turnOf !== undefined && { messageId: turnOf }) })
  useKeys('pane', [{ keys: 'Escape', label: 'interrupt', run }], { isOn: isBusy(agent) && !interrupt.isPending })
  if (!isBusy(agent)) return null
  return (
    <Button look="quiet" icon="stop" disabled={interrupt.isPending} aria-keyshortcuts="Escape" onClick={run}>
      <span className="max-sm:sr-only">Interrupt</span>
      <kbd aria-hidden="true" className="rounded-sm border border-current px-1 font-mono text-xs leading-4 opacity-80 pointer-coarse:hidden">
        Esc
      </kbd>
    </Button>
  )
}
