import { useEffect, useRef, useState } from 'react'
import { useEnter } from '~/api/enter'
import type { Agent } from '~/api/generated'
import { useDraft } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import { queuedDraft } from '~/features/composer/use-queue'
import { sentence } from '~/lib/format'
import { typedLook } from '~/lib/kerning'
import { useKeys } from '~/lib/keys'
import { visible } from '~/lib/visible'
import { Button } from '~/ui/Button'

type EditProps = {
  agent: Agent
  messageId: string
  /** Its text; undefined once it was sent, or dropped on another device. */
  before: string | undefined
  onLeave: () => void
}

/** A queued prompt being changed in its place. If it is sent in the meantime, the text can go into the next prompt. */
export function QueueEdit({ agent, messageId, before, onLeave }: EditProps) {
  const field = useRef<HTMLTextAreaElement>(null)
  const row = useRef<HTMLLIElement>(null)
  const draft = useDraft(queuedDraft(messageId))
  const next = useDraft(agent.id)
  const [isTouched, setTouched] = useState(false)
  const text = isTouched || draft.text !== '' ? draft.text : (before ?? '')
  const update = useAct('update_message', (_, { content }) => text.trim() === content && leave())
  useEffect(() => {
    const { current } = field
    current?.focus()
    current?.setSelectionRange(current.value.length, current.value.length)
  }, [])
  function leave() {
    draft.set('')
    onLeave()
  }
  useKeys('item', [{ keys: 'Escape', label: 'cancel', inFields: true, run: leave }], { within: row })
  function save() {
    if (text.trim() !== '' && !update.isPending) update.mutate({ agentId: agent.id, messageId, content: text.trim() })
  }
  const { keys } = useEnter(field, { scope: 'item', label: 'save', run: () => before !== undefined && save() })
  return (
    <li ref={row} className="flex flex-col gap-1.5 border-t border-line2 px-3 py-2">
      <textarea
        ref={field}
        aria-label="Queued prompt"
        rows={Math.min(6, text.split('\n').length)}
        value={text}
        style={typedLook(text)}
        onChange={(event) => {
          setTouched(true)
          draft.set(event.target.value)
        }}
        className="field-sizing-content max-h-[20dvh] resize-none rounded-md bg-bg0 px-2 py-1 text-base border border-ctl"
      />
      <div className="flex items-center gap-2 text-sm">
        {before === undefined ? (
          <>
            <span role="status" className="text-fg1">
              This prompt is no longer in the queue.
            </span>
            <Button
              isSmall
              onClick={() => {
                next.set([next.text, text].filter(Boolean).join('\n\n'))
                leave()
              }}
            >
              Put the text below
            </Button>
          </>
        ) : (
          <Button isSmall keys={keys} isOff={update.isPending || text.trim() === ''} onClick={save}>
            Save
          </Button>
        )}
        <Button isSmall look="quiet" keys="Escape" onClick={leave}>
          Cancel
        </Button>
        {update.error && (
          <span role="alert" className="text-err">
            {visible(sentence(update.error.message))}
          </span>
        )}
      </div>
    </li>
  )
}
