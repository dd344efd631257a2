import { Link } from '@tanstack/react-router'
import { linkLook } from '~/ui/Button'
import { Empty, ErrorNote } from '~/ui/Notes'
import { Page } from '~/ui/Page'

/** A fault of the page itself. Errors from the daemon are shown where the request was made. */
export function RouteError({ error, reset }: { error: unknown; reset: () => void }) {
  const fault = error instanceof Error ? error : new Error(String(error))
  return (
    <Page title="Something went wrong">
      <ErrorNote title="This page failed" error={fault} onRetry={reset} />
    </Page>
  )
}

export function NotFound() {
  return (
    <Page title="Not found">
      <Empty icon="search" title="There is no page at this address.">
        <Link to="/" className={linkLook('plain')}>
          Go home
        </Link>
      </Empty>
    </Page>
  )
}
