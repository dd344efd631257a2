import { isObject } from '~/lib/json'

export const settledKey = 'settled-prompts'

/** As many as a list of them holds, and those of other agents. */
const most = 1000

export function settledIds(value: unknown): readonly string[] {
  const ids: unknown = isObject(value) ? value['ids'] : undefined
  return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string') : []
}

export const withSettled = (ids: readonly string[], more: readonly string[]) => ({ ids: [...new Set([...ids, ...more])].slice(-most) })

/** What was settled on either of two devices is settled. */
export const bothSettled = (ours: unknown, theirs: unknown) => withSettled(settledIds(theirs), settledIds(ours))
