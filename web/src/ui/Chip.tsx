import type { ReactNode } from 'react'

/** A word that stands for a thing in a sentence or a row. */
export function Chip({ children }: { children: ReactNode }) {
  return <span className="inline-flex h-5 max-w-full items-center gap-1.5 truncate rounded-sm bg-bg3 px-1.5 text-sm text-fg1">{children}</span>
}
