import { visibleName } from '~/lib/visible'
import type { ReactNode } from 'react'
import { useTitle } from '~/ui/PageHead'

type PageProps = {
  title: string
  /** Beside the title. */
  mark?: ReactNode
  lead?: ReactNode
  actions?: ReactNode
  children: ReactNode
}

/** A page that scrolls as a whole: a header with title and actions, then its content. */
export function Page({ title, mark, lead, actions, children }: PageProps) {
  useTitle(title)
  return (
    <main id="content" tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto outline-none">
      <div className="mx-auto flex w-full max-w-[1080px] flex-col gap-5 px-4 py-5 md:px-6">
        <header className="flex flex-wrap items-end justify-between gap-x-4 gap-y-2">
          <div className="min-w-0">
            <div className="flex min-w-0 items-center gap-2">
              <h1 className="truncate text-xl font-semibold tracking-[-0.01em]">{visibleName(title)}</h1>
              {mark}
            </div>
            {lead && <div className="text-fg2">{lead}</div>}
          </div>
          {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
        </header>
        {children}
      </div>
    </main>
  )
}

/** A page whose parts scroll separately. */
export function PaneFrame({ title, header, children }: { title: string; header: ReactNode; children: ReactNode }) {
  useTitle(title)
  return (
    <main id="content" tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
      <header className="flex min-h-11 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-bg0 px-3 py-1.5 md:px-4">
        {header}
      </header>
      {children}
    </main>
  )
}
