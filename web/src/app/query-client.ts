import { MutationCache, notifyManager, QueryClient } from '@tanstack/react-query'
import { followQueries } from '~/api/live'
import { CallError } from '~/api/wire'
import { toastAction, toastError } from '~/ui/toasts'

const mostRetries = 2

function isWorthRetry(failures: number, error: Error): boolean {
  return failures < mostRetries && error instanceof CallError && (error.status === 0 || error.status === 503)
}

/** The same call may succeed later: nobody heard it, or the daemon had a reason of its own. */
const isPassing = (error: Error) => error instanceof CallError && (error.status === 0 || error.status === 429 || error.status >= 500)

export function createClient() {
  // What a beat changes is drawn at once with it, and not by a timer of its own.
  notifyManager.setScheduler(queueMicrotask)
  const mutationCache = new MutationCache({
    onError: (error, input, _result, mutation) => {
      if (mutation.meta?.hasPlace()) return
      if (mutation.meta?.canRepeat && isPassing(error)) toastAction(error, { text: 'Retry', run: () => void mutation.execute(input).catch(() => undefined) })
      else toastError(error)
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
