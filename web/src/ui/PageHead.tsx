import { useEffect, type ReactNode } from 'react'
import { createStore } from '~/lib/store'
import { visibleName } from '~/lib/visible'

/** What the page is called; the tab adds how many need me. */
export const pageTitle = createStore('')

export function useTitle(title: string) {
  useEffect(() => pageTitle.set(visibleName(title)), [title])
}

type PageHeadProps = {
  title: string
  /** What leads to it, from the outside in. */
  crumbs?: ReactNode
  /** Beside the title: a status, a count. */
  mark?: ReactNode
  /** At the right end. */
  children?: ReactNode
}

/** The head of a page with panes: 44 px, crumbs, title, acts. On a phone the mark stands below the title, so that the acts have room beside both. */
export function PageHead({ title, crumbs, mark, children }: PageHeadProps) {
  return (
    <header className="flex min-h-11 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-1 pr-4 pl-6 max-sm:gap-x-2 max-sm:pr-2 max-sm:pl-4">
      <div className="flex min-h-9 min-w-0 grow basis-40 items-center gap-3 max-sm:basis-24 max-sm:flex-col max-sm:items-start max-sm:justify-center max-sm:gap-0">
        <div className="flex min-w-0 items-center max-w-full sm:shrink-0">
          {crumbs}
          <h1 className="truncate font-semibold">{visibleName(title)}</h1>
        </div>
        {mark && <div className="flex max-w-full min-w-0 items-center gap-3 sm:shrink-[9]">{mark}</div>}
      </div>
      <div className="ml-auto flex max-w-full flex-wrap items-center justify-end gap-2 max-sm:gap-1">{children}</div>
    </header>
  )
}

/** One step of the way to a page. */
export function Crumb({ children }: { children: ReactNode }) {
  return (
    <span className="flex min-w-0 items-center text-fg2 max-sm:hidden sm:shrink-[9]">
      <span className="truncate [&_a]:hit">{children}</span>
      <span aria-hidden="true" className="mx-1.5 opacity-50">
        /
      </span>
    </span>
  )
}

