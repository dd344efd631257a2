import { useEffect, useEffectEvent, useRef } from 'react'

/** Stands behind what must be seen to its end, and reports when it is in sight: not clipped by anything around it. */
export function EndMark({ onSeen }: { onSeen: () => void }) {
  const ref = useRef<HTMLSpanElement>(null)
  const notify = useEffectEvent(onSeen)
  useEffect(() => {
    const node = ref.current
    if (!node) return undefined
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) notify()
    })
    observer.observe(node)
    return () => observer.disconnect()
  }, [])
  return <span ref={ref} aria-hidden="true" className="block h-px" />
}
