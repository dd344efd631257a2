import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { followQueries, liveQuery } from '~/api/live'
import type { Cursor } from '~/api/generated'

const followed = vi.hoisted(() => new Set<object>())
vi.mock('~/api/client', () => ({
  follow(place: Cursor) {
    const one = { topic: place.topic }
    followed.add(one)
    return () => followed.delete(one)
  },
}))

const topic = 'workspace/ws_1'
const live = liveQuery('get_base_branch', { workspaceId: 'ws_1' }, [topic], (body) => body)
const queryFn = () => Promise.resolve({ body: {}, cursors: [{ topic, generation: 1, seq: 1 }] })
const topics = () => [...followed]
const followedOnce = [{ topic }]

let client: QueryClient
beforeEach(() => {
  client = new QueryClient()
  followQueries(client)
})
afterEach(() => client.clear())

/** A plain read has the same key, and says nothing of streams. */
function observe({ meta = {} }: Pick<typeof live, 'meta'>, enabled = true) {
  const set = (isOn: boolean) => ({ queryKey: live.queryKey, queryFn, meta, staleTime: 0, enabled: isOn })
  const observer = new QueryObserver(client, set(enabled))
  return { leave: observer.subscribe(() => undefined), read: () => observer.refetch(), turn: (isOn: boolean) => observer.setOptions(set(isOn)) }
}

test('a plain read of what is followed does not end the following', async () => {
  const page = observe(live)
  await page.read()
  const dialog = observe({})
  await dialog.read()
  expect(topics()).toEqual(followedOnce)
  dialog.leave()
  await page.read()
  expect(topics()).toEqual(followedOnce)
  page.leave()
  expect(topics()).toEqual([])
})

test('what only a plain read still observes is followed no more', async () => {
  const dialog = observe({})
  await dialog.read()
  expect(topics()).toEqual([])
  const page = observe(live)
  expect(topics()).toEqual(followedOnce)
  page.leave()
  expect(topics()).toEqual([])
})

test('an observer that is switched off follows nothing', async () => {
  const menu = observe(live, false)
  expect(topics()).toEqual([])
  menu.turn(true)
  await menu.read()
  expect(topics()).toEqual(followedOnce)
  menu.turn(false)
  expect(topics()).toEqual([])
})
