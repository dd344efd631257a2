import { expect, test } from 'vitest'
import type { GitDiff, GitDiffFile } from '~/api/generated'
import { DiffStore, type Daemon } from '~/features/diff/diff-store'

type Asked = Parameters<Daemon['diff']>[0]

function fileNamed(path: string, text = 'a', more: Partial<GitDiffFile> = {}): GitDiffFile {
  const hunks = [{ oldStart: 1, oldLines: 0, newStart: 1, newLines: 1, section: '', lines: [{ type: 'added', newLine: 1, text } as const] }]
  return { path, status: 'modified', added: 1, removed: 0, isBinary: false, truncated: false, hunks, ...more }
}

/** A daemon over a list of files, which notes what it was asked. */
function daemonOf(world: { files: GitDiffFile[]; contentId: string }) {
  const asked: Asked[] = []
  const daemon: Daemon = {
    async diff(input) {
      asked.push(input)
      const { path, after, limit = 100, hunks = true, counts = true } = input
      const found = path === undefined ? world.files : world.files.filter((file) => file.path === path)
      const first = Number(after ?? 0)
      const page = found.slice(first, first + limit)
      const body: GitDiff = {
        files: page.map((file) => ({ ...file, ...(!hunks && { hunks: [] }), ...(!counts && { added: 0, removed: 0 }) })),
        ...(first + limit < found.length && { next: String(first + limit) }),
        totalFiles: world.files.length,
        isTotalLeast: false,
        contentId: world.contentId,
        totalAdded: 0,
        totalRemoved: 0,
        truncated: false,
      }
      return { body, cursors: [] }
    },
    async blob() {
      const content = btoa('one\ntwo\nthree\n')
      return { body: { path: 'a', size: 14, offset: 0, mediaType: 'text/plain', isLink: false, content }, cursors: [] }
    },
  }
  return { daemon, asked }
}

const ids = { workspaceId: 'ws_1', worktreeId: 'wt_1' }
const names = (n: number) => Array.from({ length: n }, (_, at) => `f${String(at).padStart(4, '0')}`)
/** Until everything that was begun is done. */
const settled = async () => {
  for (let n = 0; n < 50; n++) await Promise.resolve()
}

test('the list comes by page without numbers, the numbers follow, and hunks only of what is looked at', async () => {
  const world = { files: names(450).map((path) => fileNamed(path)), contentId: 'c1' }
  const { daemon, asked } = daemonOf(world)
  const store = new DiffStore(daemon, { ...ids, sides: { from: 'base' } })
  await store.open()
  const lists = asked.filter(({ hunks }) => hunks === false)
  expect(lists.map(({ counts, after = '0' }) => [counts, after])).toEqual([
    [false, '0'],
    [false, '200'],
    [false, '400'],
    [true, '0'],
    [true, '200'],
    [true, '400'],
  ])
  expect(store.get().files).toHaveLength(450)
  expect(store.get().files.every(({ isCounted }) => isCounted)).toBe(true)
  expect(store.get().files.filter(({ body }) => body).map(({ path }) => path)).toEqual(names(4))
  store.want(['f0300', 'f0301'], [])
  await settled()
  expect(asked.slice(7).map(({ path }) => path)).toEqual(['f0300', 'f0301'])
})

test('after an event only what is looked at is read again, and what reads the same stays the same', async () => {
  const world = { files: names(3).map((path) => fileNamed(path)), contentId: 'c1' }
  const { daemon, asked } = daemonOf(world)
  const store = new DiffStore(daemon, { ...ids, sides: { from: 'head' } })
  await store.open()
  store.want(['f0000', 'f0001'], [])
  await settled()
  const before = store.get().files.map(({ body }) => body)
  world.files = [fileNamed('f0000'), fileNamed('f0001', 'b'), fileNamed('f0002', 'c')]
  world.contentId = 'c2'
  asked.length = 0
  await store.refresh()
  await settled()
  const after = store.get().files.map(({ body }) => body)
  expect(after[0]).toBe(before[0])
  expect(after[1]?.hunks[0]?.lines[0]?.text).toBe('b')
  expect(after[2]).toBe(before[2])
  expect(asked.flatMap(({ path }) => (path === undefined ? [] : [path]))).toEqual(['f0000', 'f0001'])
  expect(store.get().contentId).toBe('c2')
})

test('a file that was ticked is read again too, so that its tick is true', async () => {
  const world = { files: names(9).map((path) => fileNamed(path)), contentId: 'c1' }
  const { daemon } = daemonOf(world)
  const store = new DiffStore(daemon, { ...ids, sides: { from: 'head' } })
  await store.open()
  store.want([], ['f0008'])
  await settled()
  const { digest } = store.get().files[8] ?? {}
  world.files = names(9).map((path) => fileNamed(path, 'other'))
  await store.refresh()
  await settled()
  expect(digest).toBeDefined()
  expect(store.get().files[8]?.digest).not.toBe(digest)
})

test('a change between the first files and the list, which no event reports any more, is shown', async () => {
  const world = { files: names(3).map((path) => fileNamed(path)), contentId: 'c1' }
  const { daemon } = daemonOf(world)
  const changing: Daemon = {
    ...daemon,
    async diff(input, abort) {
      const answer = await daemon.diff(input, abort)
      if (input.hunks) Object.assign(world, { files: names(3).map((path) => fileNamed(path, 'b')), contentId: 'c2' })
      return answer
    },
  }
  const store = new DiffStore(changing, { ...ids, sides: { from: 'head' } })
  store.want(names(3), [])
  await store.open()
  await settled()
  expect(store.get().contentId).toBe('c2')
  expect(store.get().files.map(({ body }) => body?.hunks[0]?.lines[0]?.text)).toEqual(['b', 'b', 'b'])
})

test('a file that is being read as something changes is read once more', async () => {
  const world = { files: names(5).map((path) => fileNamed(path)), contentId: 'c1' }
  const { daemon, asked } = daemonOf(world)
  let answer: (() => void) | undefined
  const slow: Daemon = {
    ...daemon,
    async diff(input, abort) {
      const now = await daemon.diff(input, abort)
      if (input.path !== undefined && !answer) await new Promise<void>((resolve) => (answer = resolve))
      return now
    },
  }
  const store = new DiffStore(slow, { ...ids, sides: { from: 'head' } })
  await store.open()
  store.want(['f0004'], [])
  await settled()
  Object.assign(world, { files: names(5).map((path) => fileNamed(path, 'b')), contentId: 'c2' })
  await store.refresh()
  answer?.()
  await settled()
  expect(asked.filter(({ path }) => path === 'f0004')).toHaveLength(2)
  expect(store.get().files[4]?.body?.hunks[0]?.lines[0]?.text).toBe('b')
})

test('what is read between two pages of the list stays', async () => {
  const world = { files: names(401).map((path) => fileNamed(path)), contentId: 'c1' }
  const { daemon, asked } = daemonOf(world)
  const store = new DiffStore(daemon, { ...ids, sides: { from: 'head' } })
  store.want(['f0100'], [])
  await store.open()
  await settled()
  expect(asked.filter(({ path }) => path === 'f0100')).toHaveLength(1)
  expect(store.get().files[100]?.body?.hunks).toHaveLength(1)
})

test('events during a read are one more read', async () => {
  const world = { files: names(2).map((path) => fileNamed(path)), contentId: 'c1' }
  const { daemon, asked } = daemonOf(world)
  const store = new DiffStore(daemon, { ...ids, sides: { from: 'head' } })
  await store.open()
  asked.length = 0
  await Promise.all([store.refresh(), store.refresh(), store.refresh()])
  await settled()
  expect(asked).toHaveLength(2)
})

test('of a comparison with a checkpoint all further reads are of the tree that the first answer names', async () => {
  const world = { files: names(2).map((path) => fileNamed(path)), contentId: 'c1' }
  const { daemon, asked } = daemonOf(world)
  const named: Daemon = { ...daemon, diff: async (input, abort) => ({ body: { ...(await daemon.diff(input, abort)).body, toId: 'tree1' }, cursors: [] }) }
  const store = new DiffStore(named, { ...ids, sides: { from: 'ckp_1' } })
  await store.open()
  expect(asked.map(({ to }) => to)).toEqual([undefined, 'tree1', 'tree1'])
})

test('unchanged lines are read once, when they are asked for', async () => {
  const { daemon } = daemonOf({ files: names(1).map((path) => fileNamed(path)), contentId: 'c1' })
  const store = new DiffStore(daemon, { ...ids, sides: { from: 'head' } })
  await store.open()
  await store.expand('f0000', 1, undefined)
  expect(store.get().files[0]?.lines).toEqual(['one', 'two', 'three'])
  expect(store.get().files[0]?.shown).toEqual({ 1: 20 })
})

test('a list that could not be read says so; a failed file can be tried again', async () => {
  const { daemon } = daemonOf({ files: names(2).map((path) => fileNamed(path)), contentId: 'c1' })
  let isDown = true
  const broken: Daemon = { ...daemon, diff: (input, abort) => (isDown ? Promise.reject(new Error('no answer')) : daemon.diff(input, abort)) }
  const store = new DiffStore(broken, { ...ids, sides: { from: 'head' } })
  await store.open()
  expect(store.get().error?.message).toBe('no answer')
  isDown = false
  await store.open()
  isDown = true
  await store.refresh()
  store.want(['f0000'], [])
  await settled()
  expect(store.get().files[0]?.error?.message).toBe('no answer')
  isDown = false
  store.retry('f0000')
  await settled()
  expect(store.get().files[0]?.error).toBeUndefined()
})
