import { callRest } from '~/api/rest'
import { CallError } from '~/api/wire'

/** No stream can say that nothing can be stored, so the daemon is asked. */
const askEveryMs = 15_000

/** The reported problems, as sentences. A daemon that does not answer is the connection's concern. */
export async function readHealth(): Promise<string[]> {
  try {
    const { body } = await callRest('get_health', {})
    return body.problems.map(({ message }) => message)
  } catch (error) {
    if (error instanceof CallError && Object.keys(error.details).length > 0) return [error.message]
    throw error
  }
}

export const healthQuery = () => ({
  queryKey: ['get_health'],
  queryFn: readHealth,
  refetchInterval: askEveryMs,
  retry: false,
})
