import type { ReactNode } from 'react'
import { useTitle } from '~/ui/PageHead'

/** The one main part of a page, which the skip link leads to; the tab's title is the page's. */
export function Main({ title, children }: { title: string; children: ReactNode }) {
  useTitle(title)
  return (
    <main id="content" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col outline-none">
      {children}
    </main>
  )
}

/**
 * The part of a page that scrolls: 20 above, 32 at the sides, room below. What is hidden but for screen readers is placed in it,
 * not in the document, which would grow and scroll by it.
 */
export function Scroll({ children }: { children: ReactNode }) {
  return <div className="relative min-h-0 flex-1 overflow-y-auto px-8 pt-5 pb-12 max-sm:px-4">{children}</div>
}
