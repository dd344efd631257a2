import { describe, expect, test } from 'vitest'
import type { UsageStats } from '~/api/generated'
import { barsOf, csvOf, modelsOf, periodStarts, sumByWorkspace, ticksOf } from '~/features/usage/figures'

const stats = (date: string, costMicros: number, modelUsage?: unknown): UsageStats => ({
  date, tokensUsed: 30, inputTokens: 20, outputTokens: 10, requestCount: 2, errorCount: 1, costMicros, ...(modelUsage !== undefined && { modelUsage }),
})
/** A Monday. */
const now = new Date(2026, 10, 23, 9).getTime()

describe('usage', () => {
  test('periods begin on days, Mondays and firsts', () => {
    expect(periodStarts('daily', 3, now)).toEqual(['2026-11-21', '2026-11-22', '2026-11-23'])
    expect(periodStarts('weekly', 2, new Date(2026, 10, 29).getTime())).toEqual(['2026-11-16', '2026-11-23'])
    expect(periodStarts('monthly', 3, new Date(2026, 0, 31).getTime())).toEqual(['2025-11-01', '2025-12-01', '2026-01-01'])
  })

  test('a period without usage keeps its place', () => {
    const bars = barsOf([stats('2026-11-21', 5)], 'daily', 3, now)
    expect(bars.map((bar) => bar.stats?.costMicros)).toEqual([5, undefined, undefined])
  })

  test.each([
    [0, [0, 1]],
    [1, [0, 0.25, 0.5, 0.75, 1]],
    [18.42, [0, 5, 10, 15, 20]],
    [65_300, [0, 20_000, 40_000, 60_000, 80_000]],
    [0.003, [0, 0.001, 0.002, 0.003]],
  ])('an axis up to %d has round ticks', (most, ticks) => {
    expect(ticksOf(most)).toEqual(ticks)
  })

  test('models are those with a number, the most used first', () => {
    expect(modelsOf(stats('', 0, { a: 1, b: 5, c: 'x' }))).toEqual([{ model: 'b', tokens: 5 }, { model: 'a', tokens: 1 }])
    expect(modelsOf(stats('', 0))).toEqual([])
  })

  test('agents sum up to their workspaces', () => {
    const one = { name: 'a', place: 'harbor', workspaceId: 'w', tokens: 1, costMicros: 2 }
    expect(sumByWorkspace([{ ...one, id: 'x' }, { ...one, id: 'y' }])).toMatchObject([{ name: 'harbor', tokens: 2, costMicros: 4 }])
  })

  test('the table for other programs has a row for each period', () => {
    expect(csvOf([stats('2026-11-23', 1_500_000, { 'odd,name': 30 })])).toBe(
      'date,requests,failed,input_tokens,output_tokens,tokens,cost_usd,models\r\n2026-11-23,2,1,20,10,30,1.500000,"odd,name=30"\r\n',
    )
  })
})
