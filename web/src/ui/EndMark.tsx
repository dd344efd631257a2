import { useEffect, useEffectEvent, useRef } from 'react'

/** Placed after content that must be seen to its end; reports when it is in view and not clipped by anything around it. */
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
