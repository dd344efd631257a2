import { useEffect, useRef, useState } from 'react'
import { useKeys } from '~/lib/keys'
import { undoAct } from '~/lib/undo'
import { visible } from '~/lib/visible'
import { useAboveFeet } from '~/ui/above-feet'
import { Button, IconButton } from '~/ui/Button'
import { useCopy } from '~/ui/CopyButton'
import { detailsOf } from '~/ui/error-details'
import { StatusGlyph } from '~/ui/Status'
import { dropToast, useOffered, type Toast } from '~/ui/toasts'

/** The rows of the toasts: what they say and offer. */
export function ToastList() {
  const { toasts, last } = useOffered()
  const part = useRef<HTMLDivElement>(null)
  const bottom = useAboveFeet(part)
  useKeys('page', [{ keys: 'u', label: 'undo', run: () => last !== undefined && undoAct(last) }], { isOn: last !== undefined })
  return (
    <div ref={part} style={{ bottom }} className="absolute flex max-w-full flex-col items-center gap-2">
      {toasts.map((item) => (
        <ToastRow key={item.id} item={item} hasKey={item.act !== undefined && item.act === last} />
      ))}
    </div>
  )
}

/** Disappears after its time, which stops while the pointer is over it or the focus is in it, and then starts again. */
function ToastRow({ item, hasKey }: { item: Toast; hasKey: boolean }) {
  const { id, text, ms, error, act } = item
  const [held, setHeld] = useState({ pointer: false, focus: false })
  const isHeld = held.pointer || held.focus
  useEffect(() => {
    if (isHeld || ms === undefined) return undefined
    const timer = setTimeout(() => dropToast(id), ms)
    return () => clearTimeout(timer)
  }, [id, ms, isHeld])
  return (
    <div
      onPointerEnter={() => setHeld((now) => ({ ...now, pointer: true }))}
      onPointerLeave={() => setHeld((now) => ({ ...now, pointer: false }))}
      onFocus={() => setHeld((now) => ({ ...now, focus: true }))}
      onBlur={({ currentTarget, relatedTarget }) => setHeld((now) => ({ ...now, focus: currentTarget.contains(relatedTarget) }))}
      className="pointer-events-auto flex min-h-10 max-w-full flex-wrap items-center gap-2.5 rounded-md bg-bg2 py-1.5 pr-2 pl-3.5 pop"
    >
      {error && <StatusGlyph look="error" />}
      <span className="min-w-0 break-words">{visible(text)}</span>
      {error && <ErrorActs item={item} error={error} />}
      {act !== undefined && (
        <Button isSmall look="quiet" {...(hasKey && { keys: 'U' })} onClick={() => undoAct(act)}>
          Undo
        </Button>
      )}
      <IconButton icon="close" label="Dismiss" isSmall onClick={() => dropToast(id)} />
    </div>
  )
}

function ErrorActs({ item: { id, text, action }, error }: { item: Toast; error: Error }) {
  const { isDone, copy } = useCopy()
  return (
    <>
      {action && (
        <Button
          isSmall
          onClick={() => {
            dropToast(id)
            action.run()
          }}
        >
          {action.text}
        </Button>
      )}
      <Button isSmall look="quiet" onClick={() => copy(detailsOf(text, error))}>
        {isDone ? 'Copied' : 'Copy details'}
      </Button>
    </>
  )
}
