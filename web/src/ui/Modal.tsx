import { useEffect, useRef, type ReactNode } from 'react'
import { LayerContext, useLayer } from '~/lib/layers'

/**
 * The browser's own modal dialog: it keeps the focus inside, closes with Escape and returns the focus. The focus starts in
 * the first field, or on Cancel if there is no field.
 */
function useModal() {
  const ref = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = ref.current
    const opener = document.activeElement
    dialog?.showModal()
    const first = dialog?.querySelector(':is(input, textarea, select):enabled') ?? dialog?.querySelector('footer button')
    if (first instanceof HTMLElement) first.focus()
    return () => {
      dialog?.close()
      if (opener instanceof HTMLElement) opener.focus()
    }
  }, [])
  return ref
}

type ModalProps = {
  /** Its name, or the id of the element that holds it. */
  label?: string
  labelledBy?: string
  onClose: () => void
  className: string
  children: ReactNode
}

/** The frame of every overlay. Keys of the page do not work while it is open; its own do. */
export function Modal({ label, labelledBy, onClose, className, children }: ModalProps) {
  const ref = useModal()
  const layer = useLayer({ onClose })
  return (
    <LayerContext value={layer}>
      <dialog
        ref={ref}
        aria-label={label}
        aria-labelledby={labelledBy}
        onCancel={(event) => {
          event.preventDefault()
          onClose()
        }}
        className={`overflow-hidden rounded-lg bg-bg2 p-0 pop ${className}`}
      >
        {children}
      </dialog>
    </LayerContext>
  )
}
