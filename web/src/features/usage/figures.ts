import type { AgentOverview, UsagePeriod, UsageStats } from '~/api/generated'
import { isObject } from '~/lib/json'

export const usdOf = (micros: number) => micros / 1_000_000

/** Tokens by model, the most used first. */
export function modelsOf({ modelUsage }: UsageStats): { model: string; tokens: number }[] {
  if (!isObject(modelUsage)) return []
  return Object.entries(modelUsage)
    .flatMap(([model, tokens]) => (typeof tokens === 'number' ? [{ model, tokens }] : []))
    .toSorted((a, b) => b.tokens - a.tokens)
}

const pad = (n: number) => String(n).padStart(2, '0')
const dateText = (date: Date) => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`

/** The first days of the last periods, the oldest first; days are those of the person's clock, weeks begin on Monday. */
export function periodStarts(period: UsagePeriod, count: number, now: number): string[] {
  const today = new Date(now)
  return Array.from({ length: count }, (_, at) => {
    const back = count - 1 - at
    if (period === 'monthly') return dateText(new Date(today.getFullYear(), today.getMonth() - back, 1))
    const step = period === 'weekly' ? 7 : 1
    const first = period === 'weekly' ? today.getDate() - ((today.getDay() + 6) % 7) : today.getDate()
    return dateText(new Date(today.getFullYear(), today.getMonth(), first - back * step))
  })
}

export type Bar = { date: string; stats: UsageStats | undefined }

/** One place for each period, also where nothing was used. */
export function barsOf(history: readonly UsageStats[], period: UsagePeriod, count: number, now: number): Bar[] {
  const known = new Map(history.map((stats) => [stats.date, stats]))
  return periodStarts(period, count, now).map((date) => ({ date, stats: known.get(date) }))
}

/** The end of an axis from 0, and its ticks: three to five round numbers. */
export function ticksOf(most: number): number[] {
  if (most <= 0) return [0, 1]
  const rough = most / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? 10 * power
  const count = Math.ceil(most / step - 1e-9)
  return Array.from({ length: count + 1 }, (_, at) => Number((at * step).toPrecision(6)))
}

export type Spender = { id: string; name: string; place: string; workspaceId: string; tokens: number; costMicros: number }

/** Agents that used something, the most expensive first. */
export function spendersOf(agents: readonly AgentOverview[], placeOf: (workspaceId: string) => string): Spender[] {
  return agents
    .filter(({ tokens, costMicros }) => tokens > 0 || costMicros > 0)
    .map(({ id, name, workspaceId, tokens, costMicros }) => ({ id, name, place: placeOf(workspaceId), workspaceId, tokens, costMicros }))
    .toSorted((a, b) => b.costMicros - a.costMicros || b.tokens - a.tokens)
}

/** The same by workspace. */
export function sumByWorkspace(spenders: readonly Spender[]): Spender[] {
  const sums = new Map<string, Spender>()
  for (const { workspaceId, place, tokens, costMicros } of spenders) {
    const before = sums.get(workspaceId)
    sums.set(workspaceId, {
      id: workspaceId,
      name: place,
      place: '',
      workspaceId,
      tokens: (before?.tokens ?? 0) + tokens,
      costMicros: (before?.costMicros ?? 0) + costMicros,
    })
  }
  return [...sums.values()].toSorted((a, b) => b.costMicros - a.costMicros || b.tokens - a.tokens)
}

const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** A table for other programs (RFC 4180): one row for each period, the newest first. */
export function csvOf(history: readonly UsageStats[]): string {
  const head = ['date', 'requests', 'failed', 'input_tokens', 'output_tokens', 'tokens', 'cost_usd', 'models']
  const rows = history.map((stats) => {
    const models = modelsOf(stats).map(({ model, tokens }) => `${model}=${tokens}`)
    const { date = '', requestCount, errorCount, inputTokens, outputTokens, tokensUsed, costMicros } = stats
    return [date, requestCount, errorCount, inputTokens, outputTokens, tokensUsed, usdOf(costMicros).toFixed(6), models.join(' ')].map((cell) => quoted(String(cell))).join(',')
  })
  return [head.join(','), ...rows].map((line) => `${line}\r\n`).join('')
}
