import { beforeEach, expect, test, vi } from 'vitest'
import { call } from '~/api/client'
import type { Turn } from '~/api/generated'
import { TurnList } from '~/features/transcript/turns'

vi.mock('~/api/client', () => ({ call: vi.fn<() => unknown>() }))

type Ask = { limit: number; before?: string }

const at = (index: number) => new Date(Date.UTC(2026, 10, 23, 8, index)).toISOString()
const running = (index: number): Turn => ({ index, at: at(index), outcome: 'running', filesChanged: 0, toolCalls: 0 })
const ended = (index: number): Turn => ({ ...running(index), outcome: 'ok', endedAt: at(index + 1) })
const all = (most: number, of: (index: number) => Turn) => Array.from({ length: most }, (_, index) => of(index))

let daemon: Turn[] = []
const asked = new Array<Ask>()

beforeEach(() => {
  asked.length = 0
  const answer = (_op: string, input: Ask) => {
    asked.push(input)
    const known = daemon.filter((turn) => input.before === undefined || turn.at < input.before)
    return Promise.resolve({ body: { turns: known.slice(-input.limit), total: daemon.length, hasMore: known.length > input.limit }, cursors: [] })
  }
  vi.mocked<(...given: never[]) => unknown>(call).mockImplementation(answer)
})

const refreshed = (list: TurnList) => new Promise<void>((resolve) => void list.refresh(resolve))

test.each([4, 250])('%i turns that end in one beat are all read', async (count) => {
  daemon = [...all(5, ended), running(5)]
  const list = new TurnList('ag_1')
  list.add(daemon)
  daemon = all(5 + count, ended)
  await refreshed(list)
  expect(list.all.filter(({ endedAt }) => endedAt === undefined)).toEqual([])
  expect(list.all).toHaveLength(5 + count)
})

test('one turn that ends costs one small read', async () => {
  daemon = [...all(50, ended), running(50)]
  const list = new TurnList('ag_1')
  list.add(daemon)
  daemon = [...all(51, ended), running(51)]
  await refreshed(list)
  expect(asked).toEqual([{ agentId: 'ag_1', limit: 3 }])
  expect(list.all.at(-2)).toEqual(ended(50))
})
