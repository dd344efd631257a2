import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'

type SplitPaneProps = {
  /** Names the border for those who move it by keyboard. */
  label: string
  left: ReactNode
  /** Without it, the left part has the whole width. */
  right?: ReactNode
  /** Width of the right part in px, and what keeps it. */
  width: number
  onWidth: (width: number) => void
  least: { left: number; right: number }
  standard: number
}

const stepPx = 32

/** Two parts and a border that can be dragged, moved with arrows, and put back by a double click. */
export function SplitPane({ label, left, right, width, onWidth, least, standard }: SplitPaneProps) {
  const frame = useRef<HTMLDivElement>(null)
  const [dragged, setDragged] = useState<number>()
  const bounded = (wanted: number) => {
    const whole = frame.current?.clientWidth ?? Infinity
    return Math.round(Math.max(least.right, Math.min(wanted, whole - least.left)))
  }
  function onMove(event: PointerEvent) {
    if (dragged === undefined || !frame.current) return
    setDragged(bounded(frame.current.getBoundingClientRect().right - event.clientX))
  }
  function onUp() {
    if (dragged !== undefined) onWidth(dragged)
    setDragged(undefined)
  }
  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowLeft: stepPx, ArrowRight: -stepPx }[event.key]
    if (step === undefined) return
    event.preventDefault()
    onWidth(bounded(width + step))
  }
  const shown = dragged ?? width
  return (
    <div ref={frame} className="flex min-h-0 min-w-0 flex-1">
      <div className="flex min-w-0 flex-1 flex-col">{left}</div>
      {right !== undefined && (
        <>
          <div
            role="separator"
            aria-orientation="vertical"
            aria-label={label}
            aria-valuenow={shown}
            aria-valuemin={least.right}
            aria-valuemax={Math.max(shown, window.innerWidth - least.left)}
            tabIndex={0}
            onKeyDown={onKeyDown}
            onDoubleClick={() => onWidth(bounded(standard))}
            onPointerDown={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId)
              setDragged(width)
            }}
            onPointerMove={onMove}
            onPointerUp={onUp}
            // A touch that became something else has moved nothing.
            onPointerCancel={() => setDragged(undefined)}
            onLostPointerCapture={() => setDragged(undefined)}
            className="relative w-px shrink-0 cursor-col-resize bg-line after:absolute after:inset-y-0 after:-left-1 after:w-[9px] hover:bg-line2 focus-visible:bg-accent"
          />
          <div style={{ width: shown }} className="flex max-w-[calc(100%-480px)] min-w-0 shrink-0 flex-col">
            {right}
          </div>
        </>
      )}
    </div>
  )
}
