// Each pinned CLI takes the scripted model for the service that it is made for: one request for each expected step.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { agentCli, agentNames, pointAtModel } from '../harness/clis.mjs'
import { makeFolder } from '../harness/daemon.mjs'
import { Model } from '../harness/model.mjs'
import { checkout, runToEnd } from '../harness/program.mjs'
import { changes, makeRepository } from '../harness/repository.mjs'

const SCRIPT = path.join(checkout, 'tests/model/scenarios.json')

/** How each CLI runs one prompt to its end without asking anybody. */
const ONE_SHOT = {
  gemini: (prompt) => ['--prompt', prompt, '--approval-mode', 'yolo', '--output-format', 'stream-json'],
  opencode: (prompt) => ['run', '--auto', '--format', 'json', prompt],
  qwen: (prompt) => ['--prompt', prompt, '--yolo', '--output-format', 'stream-json'],
  codex: (prompt) => ['exec', '--json', '--dangerously-bypass-approvals-and-sandbox', prompt],
}

class Shell {
  static async open(name) {
    const shell = new Shell()
    shell.name = name
    shell.model = await Model.start(SCRIPT)
    shell.env = await pointAtModel(name, await makeFolder('user'), shell.model.url)
    shell.repository = await makeRepository({ 'hello.txt': 'hello\nworld\n' })
    return shell
  }

  /** Runs one prompt; returns its output, and what it asked the model for. */
  async run(scenario, code = 0) {
    const before = (await this.model.requests()).length
    const { file } = agentCli(this.name)
    const end = await runToEnd(file, ONE_SHOT[this.name](`go @@${scenario}`), { cwd: this.repository, env: this.env, code })
    const all = (await this.model.requests()).slice(before)
    return { ...end, asked: all.map((request) => `${request.scenario}:${request.step} ${request.status}`) }
  }
}

describe('the scripted model', { concurrency: true }, () => {
  for (const name of agentNames)
    describe(`with ${name}`, { concurrency: false }, () => {
      let shell
      before(async () => {
        shell = await Shell.open(name)
      })
      after(() => shell?.model.stop())

      test('its tools are called by their own names, two in one answer, and their results come back', async () => {
        const { out, asked } = await shell.run('tour')
        assert.deepEqual(asked, ['tour:0 200', 'tour:1 200', 'tour:2 200', 'tour:3 200'])
        assert.match(out, /Read, ran, edited and wrote\./)
        assert.deepEqual(await changes(shell.repository), [' M hello.txt', '?? one.txt', '?? two.txt'])
        assert.equal(await readFile(path.join(shell.repository, 'hello.txt'), 'utf8'), 'hello\nworktree\n')
        assert.equal(await readFile(path.join(shell.repository, 'two.txt'), 'utf8'), 'two\n')
      })

      test('a refused key ends its turn with the reason', async () => {
        const { code, out, err, asked } = await shell.run('e401', null)
        assert.notEqual(code, 0)
        assert.match(out + err, /invalid x-api-key/)
        assert.deepEqual([...new Set(asked)], ['e401:0 401'])
      })
    })
})
