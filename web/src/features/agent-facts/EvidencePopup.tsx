import { Popover } from '@base-ui/react/popover'
import { useState } from 'react'
import { EvidenceView } from '~/features/agent-facts/EvidenceView'
import { LayerContext, useLayer } from '~/lib/layers'
import { visibleName } from '~/lib/visible'
import { Dialog } from '~/ui/Dialog'
import type { StatusPartProps } from '~/ui/status-part'

const narrow = '(max-width: 640px)'

/** The evidence over the page, whose keys do not work below it: a popover, or a dialog on a phone. */
export function EvidencePopup({ agent, children, className }: StatusPartProps) {
  const [isOpen, setOpen] = useState(true)
  const isNarrow = window.matchMedia(narrow).matches
  // The dialog is one of its own.
  const layer = useLayer({ onClose: () => setOpen(false), isOn: isOpen && !isNarrow })
  const title = `Status of ${visibleName(agent.name)}`
  if (isNarrow)
    return (
      <>
        <button type="button" aria-haspopup="dialog" onClick={() => setOpen(true)} className={className}>
          {children}
        </button>
        {isOpen && (
          <Dialog title={title} onClose={() => setOpen(false)}>
            <EvidenceView agentId={agent.id} />
          </Dialog>
        )}
      </>
    )
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger className={className}>
        {children}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={4} align="start" collisionPadding={8} className="z-50 outline-none">
          <Popover.Popup
            aria-label={title}
            className="max-h-(--available-height) w-[min(520px,calc(100vw-16px))] overflow-y-auto rounded-lg bg-bg2 px-4 py-3 pop outline-none"
          >
            <LayerContext value={layer}>
              <EvidenceView agentId={agent.id} />
            </LayerContext>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
