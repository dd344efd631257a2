import { useEffectEvent, useLayoutEffect, useRef } from 'react'
import { EvidenceView } from '~/features/agent-facts/EvidenceView'
import { LayerContext, useLayer } from '~/lib/layers'
import { visibleName } from '~/lib/visible'
import { Dialog } from '~/ui/Dialog'
import type { Evidence } from '~/ui/evidence'

const narrow = '(max-width: 640px)'

type EvidencePopupProps = { shown: Evidence; onClose: () => void }

/** The evidence over the page, whose keys do not work below it: beside what opened it, or as a dialog on a phone. */
export function EvidencePopup({ shown, onClose }: EvidencePopupProps) {
  const { agent } = shown
  const title = `Status of ${visibleName(agent.name)}`
  if (!window.matchMedia(narrow).matches) return <Beside shown={shown} title={title} onClose={onClose} />
  return (
    <Dialog title={title} onClose={onClose}>
      <EvidenceView agentId={agent.id} />
    </Dialog>
  )
}

/** In px; the width as in its class. */
const gap = 4
const edge = 8
const width = 520
/** With less room than this below, and more above, it opens upwards. */
const lowest = 360

function placeBeside(popup: HTMLElement, anchor: HTMLElement) {
  const { left, top, bottom } = anchor.getBoundingClientRect()
  const { innerWidth, innerHeight } = window
  const below = innerHeight - bottom - gap - edge
  const above = top - gap - edge
  const isBelow = below >= Math.min(lowest, above)
  popup.style.inset = isBelow ? `${bottom + gap}px auto auto` : `auto auto ${innerHeight - top + gap}px`
  popup.style.left = `${Math.max(edge, Math.min(left, innerWidth - width - edge))}px`
  popup.style.maxHeight = `${isBelow ? below : above}px`
}

/** It has the focus while it is open; a press elsewhere closes it, but one of what opened it does that by itself. */
function usePopup({ anchor }: Evidence, onClose: () => void) {
  const ref = useRef<HTMLDivElement>(null)
  const close = useEffectEvent(onClose)
  useLayoutEffect(() => {
    const popup = ref.current
    const isWithin = (target: EventTarget | null) => target instanceof Node && (popup?.contains(target) === true || anchor.contains(target))
    const onPress = ({ target }: Event) => !isWithin(target) && close()
    const place = () => popup && placeBeside(popup, anchor)
    popup?.showPopover()
    place()
    popup?.focus()
    const heard = { pointerdown: onPress, focusin: onPress, scroll: place, resize: place }
    for (const [type, hear] of Object.entries(heard)) window.addEventListener(type, hear, true)
    return () => {
      for (const [type, hear] of Object.entries(heard)) window.removeEventListener(type, hear, true)
      if (popup?.contains(document.activeElement)) (anchor.matches('button') ? anchor : anchor.querySelector('a'))?.focus()
    }
  }, [anchor])
  return ref
}

function Beside({ shown, title, onClose }: EvidencePopupProps & { title: string }) {
  const layer = useLayer({ onClose })
  const ref = usePopup(shown, onClose)
  return (
    <div
      ref={ref}
      popover="manual"
      role="dialog"
      aria-label={title}
      tabIndex={-1}
      className="w-[min(520px,calc(100vw-16px))] overflow-y-auto rounded-lg bg-bg2 px-4 py-3 text-fg0 pop outline-none"
    >
      <LayerContext value={layer}>
        <EvidenceView agentId={shown.agent.id} />
      </LayerContext>
    </div>
  )
}
