import { useState, type KeyboardEvent } from 'react'
import type { Agent } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { isAlive, isBusy } from '~/api/agents'
import { useHotkeys } from '~/lib/hotkeys'
import { Button, IconButton } from '~/ui/Button'
import { ErrorNote } from '~/ui/Notes'
import { toastError } from '~/ui/toasts'

const mostRows = 10

/** A draft survives a reload and a look at another page. */
function useDraft(agentId: string) {
  const key = `muster.draft.${agentId}`
  const [text, setText] = useState(() => sessionStorage.getItem(key) ?? '')
  function set(next: string) {
    setText(next)
    if (next) sessionStorage.setItem(key, next)
    else sessionStorage.removeItem(key)
  }
  return [text, set] as const
}

/** Sends to whatever state the agent is in: now, after this turn, or with its next start. */
function useSend(agent: Agent, onSent: () => void) {
  const agentId = agent.id
  const send = useAct('send_message_to_agent')
  const start = useAct('start_agent')
  function run(content: string) {
    send.mutate(
      { agentId, content },
      {
        onSuccess: () => {
          onSent()
          if (!isAlive(agent)) start.mutate({ agentId })
        },
      },
    )
  }
  return { run, isPending: send.isPending || start.isPending, error: send.error ?? start.error }
}

function hintOf(agent: Agent): string {
  if (agent.adapter === 'terminal') return isAlive(agent) ? 'Enter types the line into the program.' : 'It is not running: sending starts it.'
  if (agent.status === 'waiting') return 'It waits for your answer: your message is queued until this turn ends.'
  if (isBusy(agent)) return 'It works: your message is queued until this turn ends.'
  if (isAlive(agent)) return 'Enter sends, Shift+Enter breaks the line.'
  return agent.sessionId ? 'It is not running: sending resumes it.' : 'It is not running: sending starts it.'
}

type ComposerProps = { agent: Agent; turnOf: string | undefined }

export function Composer({ agent, turnOf }: ComposerProps) {
  const [text, setText] = useDraft(agent.id)
  const send = useSend(agent, () => setText(''))
  const canSend = text.trim() !== '' && !send.isPending
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
      <div className="flex items-end gap-1 rounded-lg border border-ctl bg-bg0 p-1 has-[textarea:focus-visible]:outline-2 has-[textarea:focus-visible]:outline-accent">
        <textarea
          aria-label={`Message to ${agent.name}`}
          placeholder={`Message ${agent.name}`}
          rows={Math.min(mostRows, text.split('\n').length)}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          className="min-h-8 min-w-0 flex-1 resize-none self-center bg-transparent px-2 py-1 text-md outline-none placeholder:text-fg2"
        />
        <Interrupt agent={agent} turnOf={turnOf} />
        <IconButton type="submit" look="solid" icon="send" label={isBusy(agent) && agent.adapter !== 'terminal' ? 'Queue' : 'Send'} disabled={!canSend} />
      </div>
      <p className="text-xs text-fg2 max-sm:sr-only">{hintOf(agent)}</p>
    </form>
  )
}

/** Ends the turn on screen, and none that has begun since. */
function Interrupt({ agent, turnOf }: ComposerProps) {
  const interrupt = useAct('interrupt_agent')
  const turn = { agentId: agent.id, ...(turnOf !== undefined && { messageId: turnOf }) }
  const run = () => interrupt.mutate(turn, { onError: (error) => toastError(error.message) })
  useHotkeys(isBusy(agent) ? { Escape: run } : {})
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
