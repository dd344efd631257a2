import type { Rules } from '~/api/generated'
import { liveQuery, type Fold } from '~/api/live'

const foldRules: Fold<Rules> = (rules, event) => (event.type === 'rules_changed' ? 'refetch' : rules)

/** In their order: the first that matches decides. */
export const rulesQuery = () => liveQuery('list_rules', {}, ['inbox/'], foldRules)
