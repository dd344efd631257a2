import { QueryClientProvider, type QueryClient } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { session } from '~/api/client'
import { connection } from '~/api/connection'
import { NoToken } from '~/app/NoToken'
import { router } from '~/app/router'
import { useStore } from '~/lib/store'

export function App({ client }: { client: QueryClient }) {
  const open = useStore(session)
  const { state } = useStore(connection)
  return (
    <QueryClientProvider client={client}>
      {open && state !== 'refused' ? <RouterProvider router={router} /> : <NoToken wasRefused={state === 'refused'} />}
    </QueryClientProvider>
  )
}
