import { useEffect, useRef } from 'react'

/** What only a phone needs, in the part of the page that is seen; its code comes after the page. */
export function usePhone() {
  const part = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const leave = new AbortController()
    void import('~/app/phone').then(({ followPhone }) => part.current && followPhone(part.current, leave.signal), () => undefined)
    return () => leave.abort()
  }, [])
  return part
}
