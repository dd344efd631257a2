import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { isMissingPart } from '~/api/page-version'
import { linkLook } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { useTitle } from '~/ui/PageHead'

function Whole({ title, children }: { title: string; children: ReactNode }) {
  useTitle(title)
  return (
    <main id="content" tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto px-8 py-5 outline-none max-sm:px-4">
      <h1 className="text-xl font-semibold tracking-[-0.016em]">{title}</h1>
      {children}
    </main>
  )
}

/** A fault of the page itself; the router loads a page that it could not have once, so only a reload helps. Errors from the daemon are shown where the request was made. */
export function RouteError({ error, reset }: { error: unknown; reset: () => void }) {
  const fault = error instanceof Error ? error : new Error(String(error))
  return (
    <Whole title="Something went wrong">
      <ErrorNote title="This page failed" error={fault} {...(!isMissingPart(fault) && { onRetry: reset })} />
    </Whole>
  )
}

export function NotFound() {
  return (
    <Whole title="Not found">
      <Empty
        title="There is no page at this address"
        text="It may have been cut off or mistyped."
        action={
          <Link to="/" className={linkLook('plain')}>
            Go home
          </Link>
        }
      />
    </Whole>
  )
}
