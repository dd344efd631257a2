import type { Follower } from '~/api/topics'
import type { Answer, OpName, Output } from '~/api/wire'
import { isChecking } from '~/lib/checking'

/** The table of types comes only when it is used. */
const checks = () => import('~/api/check-shape')

function report(what: string, faults: readonly string[]) {
  if (faults.length > 0) console.error(`${what} has a wrong shape: ${faults.join('; ')}`)
}

/** In development and tests, an answer of a wrong shape is an error on the console. It is used all the same. */
export async function checkedAnswer<K extends OpName>(op: K, answer: Promise<Answer<Output<K>>>): Promise<Answer<Output<K>>> {
  if (isChecking) void Promise.all([checks(), answer]).then(([{ checkAnswer }, { body }]) => report(op, checkAnswer(op, body)), ignore)
  return answer
}

/** A failed call is its caller's. */
function ignore() {
  return undefined
}

export function checkedFollower(follower: Follower): Follower {
  if (!isChecking) return follower
  return {
    onReset: () => follower.onReset(),
    onLive: () => follower.onLive?.(),
    onRefused: (error) => follower.onRefused(error),
    onEvent(event) {
      void checks().then(({ checkEvent }) => report(event.type, checkEvent(event.type, event.payload)))
      follower.onEvent(event)
    },
  }
}
