import { expect, test } from 'vitest'
import type { GitDiffFile, GitDiffHunk, GitDiffLine } from '~/api/generated'
import { contextLines, gapAt, showMore } from '~/features/diff/context'
import { withMore } from '~/features/diff/model'
import { segmentsOf } from '~/features/diff/segments'
import { canChange, isOfWorktree, sidesOf, againstWords } from '~/features/diff/sides'
import { bothReviews, fitting, parseReview } from '~/api/review-ticks'
import { tickDigest, viewedOf } from '~/features/diff/ticks'
import { bodyOf } from '~/features/diff/comment-form'
import { stageOf } from '~/features/diff/stage'
import { ignoreSpace } from '~/features/diff/whitespace'

const hunk = (oldStart: number, oldLines: number, newStart: number, newLines: number, lines: GitDiffLine[] = []): GitDiffHunk => ({ oldStart, oldLines, newStart, newLines, section: '', lines })
const removed = (oldLine: number, text: string): GitDiffLine => ({ type: 'removed', oldLine, text })
const added = (newLine: number, text: string): GitDiffLine => ({ type: 'added', newLine, text })

test('an address names what is compared', () => {
  expect(sidesOf('base')).toEqual({ from: 'base' })
  expect(sidesOf('staged')).toEqual({ from: 'head', to: 'index' })
  expect(sidesOf('ckp_a..ckp_b')).toEqual({ from: 'ckp_a', to: 'ckp_b' })
  expect(sidesOf('ag_1:3:start')).toEqual({ from: 'ag_1:3:start' })
  expect(canChange(sidesOf('ckp_a..ckp_b'))).toBe(false)
  expect(canChange(sidesOf('staged'))).toBe(true)
  expect(isOfWorktree(sidesOf('staged'))).toBe(false)
  expect(againstWords('base', 'main', [])).toBe('against main')
  expect(againstWords('ag_1:2:start..ag_1:2:end', 'main', [])).toBe('start of turn 3 to end of turn 3')
})

test('lines that differ in white space alone become one; a hunk without other changes goes', () => {
  const [one] = ignoreSpace([hunk(1, 2, 1, 3, [removed(1, 'if (a) {'), removed(2, 'b()'), added(1, 'if (a)  {'), added(2, '  b()'), added(3, '  c()')])])
  expect(one?.lines.map(({ type, oldLine, newLine, text }) => [type, oldLine, newLine, text])).toEqual([
    ['context', 1, 1, 'if (a)  {'],
    ['context', 2, 2, '  b()'],
    ['added', undefined, 3, '  c()'],
  ])
  expect(ignoreSpace([hunk(1, 1, 1, 1, [removed(1, 'a'), added(1, ' a')])])).toEqual([])
  expect(ignoreSpace([hunk(1, 1, 1, 1, [removed(1, ''), added(1, '\t')])])).toEqual([])
  expect(ignoreSpace([hunk(1, 1, 1, 1, [removed(1, 'a'), added(1, 'b')])])[0]?.lines).toHaveLength(2)
})

test('the gaps between hunks know their lines on both sides', () => {
  const hunks = [hunk(5, 3, 5, 5), hunk(20, 0, 22, 2), hunk(40, 2, 43, 0)]
  expect(gapAt(hunks, 0, undefined)).toEqual({ start: 1, count: 4, offset: 0 })
  expect(gapAt(hunks, 1, undefined)).toEqual({ start: 10, count: 12, offset: 2 })
  // git names the line before for a side without lines.
  expect(gapAt(hunks, 2, undefined)).toEqual({ start: 24, count: 20, offset: 3 })
  expect(gapAt(hunks, 3, 50)).toEqual({ start: 44, count: 7, offset: 2 })
  expect(gapAt(hunks, 3, undefined).count).toBeUndefined()
  expect(contextLines(['a', 'b', 'c'], 2, 2, 1)).toEqual([
    { type: 'context', oldLine: 1, newLine: 2, text: 'b' },
    { type: 'context', oldLine: 2, newLine: 3, text: 'c' },
  ])
  expect(showMore({}, 1, 12)).toEqual({ 1: 12 })
  expect(showMore({ 1: 20 }, 1, undefined)).toEqual({ 1: 40 })
})

const file = (hunks: GitDiffHunk[], truncated: boolean): GitDiffFile => ({ path: 'a', status: 'modified', added: 1, removed: 0, isBinary: false, truncated, hunks })

test('a hunk that one page broke off goes on with the next', () => {
  const joined = withMore(file([hunk(1, 0, 1, 4, [added(1, 'a')])], true), file([hunk(1, 0, 1, 4, [added(2, 'b')]), hunk(9, 0, 9, 1, [added(9, 'z')])], false))
  expect(joined.hunks.map(({ lines }) => lines.map(({ text }) => text))).toEqual([['a', 'b'], ['z']])
  expect(joined.truncated).toBe(false)
})

test('a line is cut where its syntax and its changed words begin and end', () => {
  const tokens = [{ from: 0, to: 3, look: 'k' }]
  expect(segmentsOf('let x = 1', tokens, [{ start: 2, length: 3 }], 100)).toEqual([
    { text: 'le', look: 'k', isWord: false },
    { text: 't', look: 'k', isWord: true },
    { text: ' x', look: '', isWord: true },
    { text: ' = 1', look: '', isWord: false },
  ])
  // The daemon counts characters; this one has two units.
  expect(segmentsOf('😀ab', [], [{ start: 1, length: 1 }], 100).map(({ text }) => text)).toEqual(['😀', 'a', 'b'])
  expect(segmentsOf('x'.repeat(5000), [], [], 2000).reduce((n, { text }) => n + text.length, 0)).toBe(2000)
})

test('a tick holds while the file reads the same, and only for its comparison', () => {
  const read = { path: 'a', meta: file([], false), isCounted: true, isStale: false, isReading: false, shown: {}, digest: 'd1' }
  const tick = tickDigest('base', 'd1')
  expect(viewedOf('base', read, tick)).toBe('yes')
  expect(viewedOf('base', { ...read, digest: 'd2' }, tick)).toBe('changed')
  expect(viewedOf('head', read, tick)).toBe('no')
  expect(viewedOf('base', { ...read, digest: undefined }, tick)).toBe('yes')
  expect(parseReview({ ticks: [{ path: 'a', digest: 'x' }, { path: 'b' }, 7] })).toEqual({ ticks: [{ path: 'a', digest: 'x' }] })
  expect(parseReview(undefined)).toEqual({ ticks: [] })
})

test('of too many ticks the newest stay', () => {
  const ticks = Array.from({ length: 3000 }, (_, n) => ({ path: `src/some/folder/file-${n}.ts`, digest: 'abcdef' }))
  const kept = fitting(ticks)
  expect(JSON.stringify({ ticks: kept }).length).toBeLessThan(64 * 1024)
  expect(kept.at(-1)).toBe(ticks.at(-1))
})

test('a comment on several lines says which', () => {
  const form = { path: 'a', side: 'new', line: 4, through: 7, lineText: '', text: ' Why? ' } as const
  expect(bodyOf(form)).toBe('Lines 4 to 7: Why?')
  expect(bodyOf({ ...form, through: 4 })).toBe('Why?')
})

test('how much of a file is staged', () => {
  const counts = { modified: 1, staged: 2, untracked: 0, conflicted: 0, unverified: 0 }
  const git = { isClean: false, ahead: 0, behind: 0, modified: ['b'], staged: ['a', 'b'], untracked: ['c'], conflicted: [], unverified: [], counts, branch: 'x', isDetached: false, contentId: 'c', truncated: false }
  expect(['a', 'b', 'c', 'd'].map(stageOf(git))).toEqual(['all', 'part', 'none', 'none'])
  expect(stageOf({ ...git, truncated: true })('d')).toBe('unknown')
})

const tick = (path: string, digest: string) => ({ path, digest })

test('ticks of two devices are kept, and of a file that both have ticked the one that was made here', () => {
  expect(bothReviews({ ticks: [tick('a', '1'), tick('b', '1')] }, { ticks: [tick('b', '2'), tick('c', '2')] })).toEqual({ ticks: [tick('c', '2'), tick('a', '1'), tick('b', '1')] })
  expect(bothReviews(undefined, { ticks: [tick('c', '2')] })).toEqual({ ticks: [tick('c', '2')] })
})
