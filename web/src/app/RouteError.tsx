import { Link } from '@tanstack/react-router'
import { linkLook } from '~/ui/Button'
import { Empty, ErrorNote } from '~/ui/Notes'
import { Page } from '~/ui/Page'

/** A fault of the page itself. What the daemon answered is shown where it was asked for. */
export function RouteError({ error, reset }: { error: unknown; reset: () => void }) {
  const fault = error instanceof Error ? error : new Error(String(error))
  return (
    <Page title="Something broke here">
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
