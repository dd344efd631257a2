import { callRest } from '~/api/rest'
import { CallError } from '~/api/wire'
import { setStall } from '~/lib/stall'

/** No stream can say that nothing can be stored, so the daemon is asked. */
const askEveryMs = 15_000

export type Problem = { message: string; since?: string | undefined; isFull?: boolean }

/** The reported problems, as sentences. A daemon that does not answer is the connection's concern. */
export async function readHealth(): Promise<Problem[]> {
  const problems = await ask()
  const stalled = problems.find(({ since }) => since !== undefined)
  setStall(stalled?.since === undefined ? undefined : { since: stalled.since, message: stalled.message, isFull: stalled.isFull === true })
  return problems
}

async function ask(): Promise<Problem[]> {
  try {
    const { body } = await callRest('get_health', {})
    return body.problems.map(({ message, since }) => ({ message, since }))
  } catch (error) {
    if (error instanceof CallError && Object.keys(error.details).length > 0) return [{ message: error.message, since: error.details['since']?.[0], isFull: 'space' in error.details }]
    throw error
  }
}

export const healthQuery = () => ({
  queryKey: ['get_health'],
  queryFn: readHealth,
  refetchInterval: askEveryMs,
  retry: false,
})
