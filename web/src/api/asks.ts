import type { AskListOut, Rules } from '~/api/generated'
import type { Fold } from '~/api/live'

/** What was settled leaves the list at once; only a new ask has to be read. */
export const foldOpenAsks: Fold<AskListOut> = (list, event) => {
  if (event.type !== 'ask_changed') return list
  const { id, state } = event.payload
  if (state === 'open') return 'refetch'
  return list.asks.some((ask) => ask.id === id) ? { asks: list.asks.filter((ask) => ask.id !== id) } : list
}

export const foldAnswered: Fold<AskListOut> = (list, event) => (event.type === 'ask_changed' && event.payload.state !== 'open' ? 'refetch' : list)

/** A rule that answers counts it. */
export const foldRules: Fold<Rules> = (rules, event) => {
  if (event.type === 'rules_changed') return 'refetch'
  return event.type === 'ask_changed' && event.payload.ruleId !== undefined ? 'refetch' : rules
}
