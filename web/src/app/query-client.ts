import { MutationCache, QueryClient } from '@tanstack/react-query'
import { followQueries } from '~/api/live'
import { CallError } from '~/api/wire'
import { toastError } from '~/ui/toasts'

const mostRetries = 2

function isWorthRetry(failures: number, error: Error): boolean {
  return failures < mostRetries && error instanceof CallError && (error.status === 0 || error.status === 503)
}

export function createClient() {
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
