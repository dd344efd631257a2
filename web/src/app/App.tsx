import { MutationCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useState } from 'react'
import { session } from '~/api/client'
import { connection } from '~/api/connection'
import { followQueries } from '~/api/live'
import { CallError } from '~/api/wire'
import { NoToken } from '~/app/NoToken'
import { router } from '~/app/router'
import { useStore } from '~/lib/store'
import { toastError } from '~/ui/toasts'

const mostRetries = 2

function isWorthRetry(failures: number, error: Error): boolean {
  return failures < mostRetries && error instanceof CallError && (error.status === 0 || error.status === 503)
}

function createClient() {
  const mutationCache = new MutationCache({
    onError: (error, _input, _result, { meta }) => {
      if (!meta?.hasPlace()) toastError(error)
    },
  })
  const client = new QueryClient({
    mutationCache,
    defaultOptions: {
      queries: { retry: isWorthRetry, refetchOnWindowFocus: false, networkMode: 'always' },
      mutations: { retry: false, networkMode: 'always' },
    },
  })
  followQueries(client)
  return client
}

export function App() {
  const open = useStore(session)
  const { state } = useStore(connection)
  const [client] = useState(createClient)
  if (!open || state === 'refused') return <NoToken wasRefused={state === 'refused'} />
  return (
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  )
}
