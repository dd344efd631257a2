import type { ReactNode } from 'react'
import { visibleName } from '~/lib/visible'

type SectionProps = {
  title: string
  /** How many, or since when. */
  count?: ReactNode
  /** At the right end: a link, a key. */
  more?: ReactNode
  children: ReactNode
}

/** A word, a count, and what belongs to it. Space separates sections; they have no box. */
export function Section({ title, count, more, children }: SectionProps) {
  return (
    <section aria-label={visibleName(title)} className="min-w-0">
      <div className="flex min-h-7 items-baseline gap-2">
        <h2 className="truncate leading-7 font-semibold max-sm:shrink-0">{visibleName(title)}</h2>
        {count !== undefined && <span className="min-w-0 truncate text-fg2">{count}</span>}
        {more !== undefined && <span className="ml-auto flex shrink-0 items-baseline gap-3 text-sm text-fg2 [&_a]:hit">{more}</span>}
      </div>
      {children}
    </section>
  )
}
