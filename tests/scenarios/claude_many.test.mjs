// Eight agents of the real CLI at once, each in a worktree of its own.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { forEachClaude, Studio } from '../harness/agents.mjs'
import { lives } from '../harness/process.mjs'
import { changes } from '../harness/repository.mjs'

const AGENTS = 8
const PATIENCE_MS = 120_000 // eight CLIs begin at the same time on two cores

forEachClaude((cli) => {
  test('eight agents ask, write and end at the same time, each in its own worktree and session', async () => {
    const studio = await Studio.open(cli, { patienceMs: PATIENCE_MS })
    try {
      const agents = []
      for (let i = 0; i < AGENTS; i++) agents.push(await studio.agent())
      await Promise.all(agents.map((agent) => agent.start('Make a file. @@write')))
      const asks = await Promise.all(agents.map((agent) => agent.ask()))
      const inbox = await studio.want(200, 'GET', '/api/asks?state=open')
      assert.deepEqual(inbox.asks.map(({ id }) => id).sort(), asks.map(({ id }) => id).sort())
      const { agents: waiting } = await studio.want(200, 'GET', '/api/agents?status=waiting')
      assert.equal(waiting.length, AGENTS)
      await Promise.all(agents.map((agent, i) => agent.answer(asks[i], { decision: 'allow' })))
      const ends = await Promise.all(agents.map((agent) => agent.turnEnd()))
      assert.deepEqual(ends.map(({ outcome }) => outcome), Array(AGENTS).fill('ok'))

      const rows = await Promise.all(agents.map((agent) => agent.get()))
      assert.equal(new Set(rows.map(({ sessionId }) => sessionId)).size, AGENTS)
      assert.equal(new Set(rows.map(({ pid }) => pid)).size, AGENTS)
      for (const agent of agents) {
        assert.deepEqual(await changes(agent.worktree.path), ['?? hello.txt'])
        assert.equal(await readFile(path.join(agent.worktree.path, 'hello.txt'), 'utf8'), 'hello\nworld\n')
        assert.deepEqual(await agent.asked(), ['write:0', 'write:1'])
      }
      assert.deepEqual(await changes(studio.repository), [])
      await Promise.all(agents.map((agent) => agent.stop()))
      for (const { pid } of rows) assert.equal(await lives(pid), false)
    } finally {
      await studio.close()
    }
  })
})
