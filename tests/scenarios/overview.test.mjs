// get_overview and the topic overview/: a client that reads once and then replaces rows by the events has what another
// read would answer.
import assert from 'node:assert/strict'
import { appendFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { git } from '../harness/repository.mjs'
import { Site } from '../harness/site.mjs'
import { until } from '../harness/wait.mjs'

const TOPIC = 'overview/org_00000000000000000000000000'

/** A page that reads once and then only replaces rows. */
class Board {
  static async open(site, live) {
    const board = new Board()
    const { body, cursors } = await site.call('GET', '/api/overview')
    const [, generation, seq] = cursors.split(', ').map((c) => c.split(';')).find(([topic]) => topic === TOPIC)
    board.worktrees = new Map(body.worktrees.map((row) => [row.id, row]))
    board.agents = new Map(body.agents.map((row) => [row.id, row]))
    board.topic = await live.subscribe(TOPIC, { generation: Number(generation), after: Number(seq) })
    board.done = 0
    return board
  }

  /** The rows after all events so far. */
  get rows() {
    const { events } = this.topic
    for (; this.done < events.length; this.done++) {
      const { type, payload } = events[this.done]
      const table = { overview_agent: this.agents, overview_worktree: this.worktrees }[type]
      if (!table) continue
      const isGone = payload.changes.includes('removed') || payload.data.deletedAt
      if (isGone) table.delete(payload.data.id)
      else table.set(payload.data.id, payload.data)
    }
    return { worktrees: this.worktrees, agents: this.agents }
  }
}

const byId = (rows) => [...rows].toSorted((a, b) => (a.id < b.id ? -1 : 1))
/** An agent's row has the state of its worktree as it was when the row was made. */
const withoutState = ({ ahead, behind, staged, modified, untracked, conflicted, added, removed, ...rest }) => rest

describe('get_overview', () => {
  let site, live, board
  before(async () => {
    site = await Site.open()
    live = await site.daemon.connect()
    board = await Board.open(site, live)
  })
  after(() => site.close())

  const read = () => site.want(200, 'GET', '/api/overview')
  async function agree() {
    await until(async () => {
      const body = await read()
      const { worktrees, agents } = board.rows
      try {
        assert.deepEqual(byId(worktrees.values()), byId(body.worktrees))
        assert.deepEqual(byId(agents.values()).map(withoutState), byId(body.agents).map(withoutState))
        return true
      } catch (error) {
        agree.why = error
        return false
      }
    }, 'the rows equal another read').catch(() => assert.fail(agree.why))
  }

  test('rows that are replaced by events equal those of another read', async () => {
    const agent = await site.agent({ name: 'worker' })
    await agent.start('Begin. @@full')
    const { askId } = await agent.follower.waitFor('ask', ({ tool }) => tool === 'Write')
    await agree()
    const [row] = (await read()).agents
    assert.deepEqual([row.id, row.status, row.statusReason, row.askId, row.openAsks, row.adapter, row.queueLength],
      [agent.id, 'waiting', 'permission', askId, 1, 'claude', 0])
    assert.ok(row.lastLine.length > 0 && row.statusSince && row.statusSource)
    await agent.send('Later')
    await board.topic.waitFor('overview_agent', ({ data }) => data.queueLength === 1)
    await agent.allow()
    await agree()
    await agent.leave()
    await agree()
    assert.equal((await read()).agents[0].openAsks, 0)
    await site.want(204, 'DELETE', agent.route)
    await board.topic.waitFor('overview_agent', ({ changes }) => changes.includes('removed'))
    await agree()
    assert.deepEqual((await read()).agents, [])
    await site.want(204, 'DELETE', `${agent.route}?archive=false`)
    const { payload } = await board.topic.waitFor('overview_agent', ({ data, changes }) => changes.includes('removed') && data.name === 'deleted agent')
    assert.deepEqual([payload.data.id, payload.data.lastLine], [agent.id, undefined])
    const late = await live.subscribe(TOPIC)
    await late.waitFor('overview_agent', ({ data }) => data.name === 'deleted agent')
    assert.ok(!late.events.slice(0, -1).some(({ payload: { data } }) => data?.id === agent.id && data.name === 'worker'), 'nothing of it is left')
  })

  test('a change in a worktree is in its row within a second, with lines and counts', async () => {
    const { id, path: folder } = await site.worktree()
    await board.topic.waitFor('overview_worktree', ({ data }) => data.id === id && data.added === 0)
    await appendFile(path.join(folder, 'README.md'), 'one\ntwo\n')
    await writeFile(path.join(folder, 'new'), 'x\n')
    const { payload } = await board.topic.waitFor('overview_worktree', ({ data }) => data.id === id && data.untracked === 1)
    // On a busy machine one may take longer; a row that waited for something would always do.
    const times = []
    for (let n = 2; n <= 6; n++) {
      const from = performance.now()
      await writeFile(path.join(folder, `new-${n}`), 'x\n')
      await board.topic.waitFor('overview_worktree', ({ data }) => data.id === id && data.untracked === n)
      times.push(performance.now() - from)
    }
    assert.ok(Math.min(...times) < 1000, times.join(' '))
    assert.deepEqual([payload.data.added, payload.data.removed, payload.data.modified, payload.data.staged, payload.data.source],
      [3, 0, 1, 0, 'inotify'])
    assert.ok(payload.changes.includes('git_status'))
    await agree()
    const status = await site.want(200, 'GET', `/api/workspaces/${site.workspace.id}/worktrees/${id}/status`)
    assert.equal(payload.data.modified, status.counts.modified)
    await site.want(204, 'DELETE', `/api/workspaces/${site.workspace.id}/worktrees/${id}?force=true`)
    await board.topic.waitFor('overview_worktree', ({ data, changes }) => data.id === id && changes.includes('removed'))
    await agree()
  })

  test('how far a worktree is from the branch that it lands on is what git says, also after a landing as one commit and its undo', async () => {
    const { id, path: folder } = await site.worktree()
    const own = `/api/workspaces/${site.workspace.id}/worktrees/${id}`
    const row = (fits) => board.topic.waitFor('overview_worktree', ({ data }) => data.id === id && fits(data))
    const fromGit = async () => {
      const [behind, ahead] = (await git(folder, 'rev-list', '--left-right', '--count', 'main...HEAD')).trim().split('\t').map(Number)
      const lines = (await git(folder, 'diff', '--numstat', '--merge-base', 'main')).trim().split('\n').map((line) => line.split('\t').map(Number))
      return { base: 'main', baseAhead: ahead, baseBehind: behind, baseFiles: lines.length, baseAdded: lines.reduce((n, [added]) => n + added, 0), baseRemoved: lines.reduce((n, [, removed]) => n + removed, 0) }
    }
    const figures = ({ base, baseAhead, baseBehind, baseFiles, baseAdded, baseRemoved }) => ({ base, baseAhead, baseBehind, baseFiles, baseAdded, baseRemoved })
    await row(({ baseAhead }) => baseAhead === 0)
    await appendFile(path.join(folder, 'README.md'), 'three\n')
    await writeFile(path.join(folder, 'more'), 'a\nb\n')
    await git(folder, 'add', '.')
    await git(folder, 'commit', '-qm', 'more')
    await git(folder, 'commit', '-q', '--allow-empty', '-m', 'nothing')
    await appendFile(path.join(folder, 'more'), 'c\n')
    const { payload } = await row(({ baseAhead, modified }) => baseAhead === 2 && modified === 1)
    assert.deepEqual(figures(payload.data), await fromGit())
    assert.equal(payload.data.isLanded, false)
    await git(folder, 'checkout', '-q', '.')
    const landing = await site.want(200, 'POST', `${own}/land`, { how: 'squash', message: 'more' })
    const { payload: landed } = await row(({ isLanded, baseBehind }) => isLanded && baseBehind === 1)
    assert.deepEqual(figures(landed.data), await fromGit(), 'the squash is not one of its commits')
    await site.want(200, 'POST', `${own}/land/undo`, {})
    const { payload: back } = await board.topic.waitFor('overview_worktree', ({ data }) => data.id === id && !data.isLanded && data.baseBehind === 0, { after: board.topic.events.findLast(({ payload: { data } }) => data.id === id && data.isLanded).seq })
    assert.deepEqual(figures(back.data), await fromGit())
    assert.ok(landing.id)
    await agree()
  })

  test('the last line is reported within two seconds, at most once a second', async () => {
    const agent = await site.agent()
    await agent.start('Begin. @@full')
    await agent.follower.waitFor('ask', ({ tool }) => tool === 'Write')
    const said = await board.topic.waitFor('overview_agent', ({ data, changes }) => data.id === agent.id && changes.includes('last_line'))
    assert.ok(said.payload.data.lastLine)
    await agent.leave()
    const times = board.topic.events
      .filter(({ type, payload }) => type === 'overview_agent' && payload.data.id === agent.id && payload.changes.includes('last_line'))
      .map(({ at }) => Date.parse(at))
    for (let i = 1; i < times.length; i++) assert.ok(times[i] - times[i - 1] >= 900, `${times}`)
  })

  test('pages by cursor, and the workspace is named', async () => {
    await site.want(200, 'PUT', `/api/workspaces/${site.workspace.id}`, { name: 'Another name' })
    await board.topic.waitFor('workspace_renamed', ({ name }) => name === 'Another name')
    const whole = await read()
    assert.equal(whole.workspaces[0].name, 'Another name')
    const ids = []
    for (let after = ''; after !== undefined;) {
      const page = await site.want(200, 'GET', `/api/overview?limit=1${after && `&after=${after}`}`)
      ids.push(...page.worktrees.map(({ id }) => id), ...page.agents.map(({ id }) => id))
      after = page.nextCursor
    }
    assert.deepEqual(ids, [...whole.worktrees, ...whole.agents].map(({ id }) => id))
  })
})
