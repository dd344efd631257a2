import { describe, expect, test } from 'vitest'
import type { Checkpoint, OwnedSalvage, TrashEntry, WorktreeOverview } from '~/api/generated'
import { checkpointRow, keepText, lockRow, newestOf, replacedOf, salvageRow, sameFiles, shownRows, spokesmanOf, trashRow, type Names } from '~/features/recovery/rows'

const names: Names = { workspaces: new Map([['ws_1', 'harbor']]), worktrees: new Map(), agents: new Map() }
const place = { names, now: new Date(2026, 10, 23, 12).getTime(), keep: { salvageDays: 90, checkpointDays: 30, agentDays: 0 } }
const at = new Date(2026, 10, 23, 7, 52).toISOString()

const salvage: OwnedSalvage = {
  id: 'slv_1', madeAt: at, act: 'discard_changes', state: 'none', commit: 'c', leftOut: 0, worktreeId: 'wt_1', worktreeName: 'fix-login', isGone: false,
}
const entry: TrashEntry = {
  id: 'trs_1', path: '/a', place: '/b', commonDir: '/c', gitDir: '/d', branch: 'refs/heads/spike', link: 'l', backLink: 'b', worktreeId: 'wt_2',
  workspaceId: 'ws_1', name: 'spike', bytes: 4096, removedAt: new Date(2026, 10, 22, 19, 20).toISOString(), isGone: false,
}

const moment = (id: string, kind: Checkpoint['kind'], tree: string, minute: number, filesChanged?: number): Checkpoint => ({
  id, workspaceId: 'ws_1', worktreeId: 'wt_1', agentId: 'ag_1', kind, turn: 5, at: new Date(2026, 10, 23, 7, minute).toISOString(), state: 'taken', isExact: true, isLate: false,
  tree, tool: 'Bash', ...(filesChanged !== undefined && { filesChanged }),
})

describe('what was set aside', () => {
  test('a salvage says what it precedes and how long it is kept', () => {
    const row = salvageRow(salvage, 'ws_1', false, place)
    expect(`${row.title} ${row.name}: ${row.note}; ${row.until}`).toBe('Discard in fix-login: harbor, set aside 07:52 today; 21 Feb 2027')
    expect(salvageRow(salvage, 'ws_1', true, place).until).toBe('the newest stays')
    expect(salvageRow({ ...salvage, act: 'paint', state: 'rebase', isGone: true }, 'ws_9', false, place).note).toBe(
      'a closed workspace, set aside 07:52 today, rebase in progress, its worktree is gone',
    )
  })

  test('the trash names the branch, and never says that it deletes', () => {
    expect(trashRow(entry, place)).toMatchObject({ note: 'harbor, removed yesterday 19:20, branch spike', until: 'until emptied' })
  })

  test('a lock is read from what git said', () => {
    const worktree: WorktreeOverview = {
      id: 'wt_1', workspaceId: 'ws_1', name: 'fix', branch: 'fix', isDetached: false, path: '/x', sortMode: 'free', displayOrder: 0, isMain: false,
      error: "fatal: Unable to create '/x/.git/index.lock': File exists.",
    }
    expect(lockRow(worktree, place)?.path).toBe('/x/.git/index.lock')
    expect(lockRow({ ...worktree, error: 'the folder is gone' }, place)).toBeUndefined()
  })

  test('the newest of each worktree is known', () => {
    const all = [
      { id: 'a', worktreeId: 'x', at: '2' },
      { id: 'b', worktreeId: 'x', at: '1' },
      { id: 'c', worktreeId: 'y', at: '0' },
    ]
    expect([...newestOf(all)].toSorted()).toEqual(['a', 'c'])
  })

  test('rows are of one kind, contain every word, the newest first', () => {
    const rows = [trashRow(entry, place), salvageRow(salvage, 'ws_1', false, place)]
    expect(shownRows(rows, 'all', '').map(({ id }) => id)).toEqual(['slv_1', 'trs_1'])
    expect(shownRows(rows, 'trash', '').map(({ id }) => id)).toEqual(['trs_1'])
    expect(shownRows(rows, 'all', 'HARBOR discard').map(({ id }) => id)).toEqual(['slv_1'])
  })

  test('checkpoints with the same files are one row, which speaks of the end of the turn', () => {
    const all = [moment('d', 'turn_end', 'y', 4, 0), moment('a', 'turn_start', 'x', 1), moment('b', 'before_tool', 'x', 2, 0), moment('c', 'after_tool', 'y', 3, 2)]
    const groups = sameFiles(all)
    expect(groups.map((same) => same.map(({ id }) => id))).toEqual([['a', 'b'], ['c', 'd']])
    const [, last = []] = groups
    expect(spokesmanOf(last, '')?.id).toBe('d')
    expect(spokesmanOf(last, 'c')?.id).toBe('c')
    const [first] = last
    expect(first && checkpointRow(first, last, false, place)).toMatchObject({ title: 'an archived agent, after Bash in turn 6', files: 2, note: 'harbor, exact, 07:03 today, the same files at 1 more moment' })
    expect(sameFiles([...all, moment('e', 'turn_end', 'x', 5, 2)])).toHaveLength(3)
  })

  test('what goes by itself is said', () => {
    expect(keepText({ salvageDays: 0, checkpointDays: 30, agentDays: 0 })).toBe(
      'Salvages stay until you delete them; checkpoints go after 30 days, or when a worktree has too many. The settings say when.',
    )
  })

  test('what would be replaced is what changed and what is restored', () => {
    expect(replacedOf(['a', 'b'], ['b', 'c'])).toEqual(['b'])
  })
})
