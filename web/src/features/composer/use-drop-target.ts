import { useEffect, useEffectEvent, useState, type RefObject } from 'react'

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false
}

/**
 * Files may be dropped anywhere on the page, or in `area`, while the component is mounted; a part that takes them itself stops the
 * event. True while something is held over it.
 */
export function useDropTarget(onFiles: (files: readonly File[]) => void, area?: RefObject<HTMLElement | null>): boolean {
  const [isOver, setOver] = useState(false)
  const take = useEffectEvent(onFiles)
  useEffect(() => {
    const target = area ? area.current : window
    if (!target) return undefined
    const leave = new AbortController()
    const on = (type: 'dragover' | 'dragleave' | 'drop', run: (event: DragEvent) => void) =>
      target.addEventListener(type, (event) => event instanceof DragEvent && run(event), { signal: leave.signal })
    on('dragover', (event) => {
      if (!hasFiles(event)) return
      // A part of the page has them.
      if (event.defaultPrevented) return setOver(false)
      event.preventDefault()
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy'
      setOver(true)
    })
    on('dragleave', ({ relatedTarget }) => {
      // Nothing is entered: the pointer has left the window.
      const isWithin = relatedTarget instanceof Node && (target === window || (target instanceof Node && target.contains(relatedTarget)))
      if (!isWithin) setOver(false)
    })
    on('drop', (event) => {
      setOver(false)
      if (!hasFiles(event) || event.defaultPrevented) return
      event.preventDefault()
      take([...(event.dataTransfer?.files ?? [])])
    })
    return () => leave.abort()
  }, [area])
  return isOver
}
