// Usage over time, as the daemon sums it up.
import { orgTopic } from './world.mjs'

const at = (world, body) => ({ body, cursors: [world.streams.cursor(orgTopic('usage'))] })
const dayOf = (date) => `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`

/** The same figures each time; every fifth day nothing was used. */
export function usedDays(count = 30) {
  return Array.from({ length: count }, (_, back) => {
    const date = new Date()
    date.setDate(date.getDate() - back)
    const n = 40 + ((back * 37) % 60)
    const tokens = n * 21_000
    return {
      date: dayOf(date), period: 'daily', tokensUsed: tokens, inputTokens: Math.round(tokens * 0.94), outputTokens: Math.round(tokens * 0.06), requestCount: n,
      errorCount: back % 7 === 3 ? 2 : 0, costMicros: n * 310_000, modelUsage: { 'claude-opus-5-5': Math.round(tokens * 0.7), 'claude-sonnet-5': Math.round(tokens * 0.3) },
    }
  }).filter((_, back) => back % 5 !== 4)
}

export const usageOps = {
  get_usage_history: (world) => at(world, { history: world.usedDays ?? [] }),
  get_usage_limits: (world) => ({
    body: { daily: 0, weekly: 0, dailyTokenLimit: 0, weeklyTokenLimit: 0, monthlyTokenLimit: 0, dailyRequestLimit: 0, ...world.usageLimits },
    cursors: [world.streams.cursor('app')],
  }),
  get_usage: (world) => {
    const [today = world.usage] = world.usedDays ?? []
    const used = { errorCount: 0, ...today }
    const window = { used: used.tokensUsed, limit: world.usageLimits?.dailyTokenLimit ?? 0, resetTime: new Date(Date.now() + 7_530_000).toISOString() }
    const totals = { today: used, thisWeek: used, thisMonth: used }
    return at(world, { daily: window, weekly: { ...window, limit: 0 }, sonnetOnly: { ...window, used: 0, limit: 0 }, ...totals })
  },
}
