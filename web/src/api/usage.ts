import type { UsagePeriod } from '~/api/generated'
import { liveQuery } from '~/api/live'
import { usageEveryMs } from '~/api/queries'

/** By day, week or month, the newest first; read again when something is used. */
export const usageHistoryQuery = (period: UsagePeriod) => liveQuery('get_usage_history', { period }, ['usage/'], () => 'refetch', usageEveryMs)
export const usageLimitsQuery = () => liveQuery('get_usage_limits', {}, ['app'], (limits, event) => (event.type === 'setting_changed' ? 'refetch' : limits))
