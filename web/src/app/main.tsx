import type { QueryClient } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { obtainToken } from '~/api/auth'
import { openSession } from '~/api/client'
import { watchVersion } from '~/api/page-version'
import { systemQuery } from '~/api/queries'
import { App } from '~/app/App'
import { createClient } from '~/app/query-client'
import { router } from '~/app/router'
import '~/app/styles.css'
import { listenToKeys } from '~/lib/keys'

/** A daemon that is slow to answer must not keep the page blank. */
const mostBlankMs = 500

/** The page shows whether this is a demo from its first paint. */
async function readSystem(client: QueryClient) {
  await Promise.race([client.prefetchQuery(systemQuery()), new Promise((resolve) => setTimeout(resolve, mostBlankMs))])
}

/** Of a start link that is used or too old, and of those that are pasted into the open page. */
async function followLinks() {
  const { followLinks: follow, reportFailedLink } = await import('~/app/start-link')
  reportFailedLink()
  follow()
}

/** Their code comes after what is painted first. */
async function keepFocus() {
  const kept = await import('~/lib/kept-focus')
  kept.keepFocus()
  router.subscribe('onRendered', ({ fromLocation, pathChanged }) => fromLocation && pathChanged && kept.focusPage())
}

async function start() {
  const client = createClient()
  const token = await obtainToken()
  if (token !== undefined) {
    openSession(token)
    await readSystem(client)
  }
  listenToKeys()
  watchVersion()
  const root = document.getElementById('root')
  if (!root) throw new Error('index.html has no #root')
  createRoot(root).render(
    <StrictMode>
      <App client={client} />
    </StrictMode>,
  )
  void Promise.allSettled([followLinks(), keepFocus()])
}

void start()
