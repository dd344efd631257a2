import { QueryClientProvider, type QueryClient } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { Suspense } from 'react'
import { session } from '~/api/client'
import { connection } from '~/api/connection'
import { router } from '~/app/router'
import { useStore } from '~/lib/store'
import { lazyPart } from '~/ui/lazy-part'

const SignIn = lazyPart(async () => (await import('~/features/sign-in/SignInPage')).SignInPage)

/** In place of the page, whose address stays: signing in leads back to it. */
function SignedOut({ wasRefused }: { wasRefused: boolean }) {
  return (
    <Suspense>
      <SignIn wasRefused={wasRefused} />
    </Suspense>
  )
}

export function App({ client }: { client: QueryClient }) {
  const open = useStore(session)
  const { state } = useStore(connection)
  return (
    <QueryClientProvider client={client}>
      {open && state !== 'refused' ? <RouterProvider router={router} /> : <SignedOut wasRefused={state === 'refused'} />}
    </QueryClientProvider>
  )
}
