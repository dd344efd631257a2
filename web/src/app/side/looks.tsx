import type { ReactNode } from 'react'

export const row =
  'touch flex h-7 shrink-0 items-center rounded-md pr-2 text-fg1 -outline-offset-2 hover:bg-bg3 ' +
  'aria-[current=page]:bg-bg4 aria-[current=page]:font-medium aria-[current=page]:text-fg0 max-lg:w-8 max-lg:pr-0'
/** Names stay for screen readers where the bar is a column of glyphs. */
export const folded = 'max-lg:sr-only'

export function Gutter({ children }: { children: ReactNode }) {
  return <span className="grid w-[30px] shrink-0 place-items-center max-lg:w-8">{children}</span>
}
