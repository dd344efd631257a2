import { useEffect, useState } from 'react'

/** Shorter waits show nothing. */
const quietMs = 150
const longMs = 4_000

function useWaited(ms: number): boolean {
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setOver(true), ms)
    return () => clearTimeout(timer)
  }, [ms])
  return isOver
}

type SkeletonProps = {
  /** What is awaited: "Reading the diff". */
  label: string
  rows?: number
}

const widths = ['w-3/5', 'w-4/5', 'w-2/5', 'w-1/2'] as const

/** Rows of the layout to come, still; after four seconds it says what it waits for. */
export function Skeleton({ label, rows = 4 }: SkeletonProps) {
  const isShown = useWaited(quietMs)
  const isLong = useWaited(longMs)
  if (!isShown) return null
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-3 py-3">
      {Array.from({ length: rows }, (_, at) => (
        <span key={at} aria-hidden="true" className={`block h-3 max-w-full rounded-sm bg-bg3 ${widths[at % widths.length]}`} />
      ))}
      {isLong && <span className="text-sm text-fg2">{label} takes longer than usual.</span>}
    </div>
  )
}
