// `muster agent check`: one CLI from its file to its end, in a place of its own that it leaves as it found it.
import assert from 'node:assert/strict'
import { access, readFile, readdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import { describe, test } from 'node:test'
import { STAND_IN, agentCli, agentNames, binFolder, claudeClis, pointAtModel } from '../harness/clis.mjs'
import { Daemon, makeFolder, muster } from '../harness/daemon.mjs'
import { Model } from '../harness/model.mjs'
import { Program, checkout } from '../harness/program.mjs'
import { within } from '../harness/wait.mjs'

const STEPS = ['found', 'version', 'starts', 'handshake', 'answers', 'stops', 'nothing left', 'cleaned up']
const answer = (...content) => ({ default: 'check', scenarios: { check: [{ content }] } })

/** A person's machine: the CLI, if any, is on PATH; the model answers every prompt by the script. */
async function prepare(t, script, { file, program = 'claude', isOwn = false } = {}) {
  const model = await Model.start(script)
  t.after(() => model.stop())
  const [user, temporary] = [await makeFolder('user'), await makeFolder('temporary')]
  const bin = await binFolder({ names: ['git', 'node'] })
  if (file) await symlink(file, path.join(bin, program))
  // Codex takes a model from its own configuration alone, as a person's login.
  const own = isOwn ? await pointAtModel(program, user, model.url) : {}
  const env = { HOME: user, TMPDIR: temporary, PATH: `${bin}:/usr/bin:/bin`, XDG_DATA_HOME: path.join(user, 'data'), ...own }
  return {
    model,
    env,
    bin,
    temporary: env.TMPDIR,
    begin: (...options) => new Program(muster, ['agent', 'check', ...(isOwn ? [] : ['--model-url', model.url]), ...options], { env }),
  }
}

/** [{mark, step, said}] of its lines, and the exit code. It must have removed what it made. */
async function finish(machine, program) {
  const { code } = await within(program.ended, 'the check ends', 180_000)
  const lines = program.lines.items.map((line) => /^(ok|BAD) +(.+?) +\d+\.\d s +(.*)$/.exec(line)).filter(Boolean)
  assert.deepEqual((await readdir(machine.temporary)).filter((name) => name.startsWith('muster-check')), [])
  return { code, steps: lines.map(([, mark, step, said]) => ({ mark, step, said })), all: program.lines.items.join('\n') }
}

const marks = ({ steps }) => Object.fromEntries(steps.map(({ step, mark }) => [step, mark]))
const firstBad = ({ steps }) => steps.find(({ mark }) => mark === 'BAD')

const { components } = JSON.parse(await readFile(path.join(checkout, 'openapi.json'), 'utf8'))
const adapters = components.schemas.AdapterName.enum
const others = agentNames.filter((name) => adapters.includes(name))
const clis = [
  ...claudeClis().map(({ file, version }) => ({ adapter: 'claude', program: 'claude', file, version })),
  ...others.map((name) => ({ adapter: name, program: name, ...agentCli(name) })),
]

describe('proves each installed CLI from its file to its end', () => {
  for (const { adapter, program, file, version } of clis)
    test(`${adapter} ${version}`, async (t) => {
      const isOwn = adapter === 'codex'
      const machine = await prepare(t, answer({ text: 'Ready, as asked.' }), { file, program, isOwn })
      const end = await finish(machine, machine.begin('--adapter', adapter))
      assert.equal(end.code, 0, end.all)
      assert.deepEqual(end.steps.map(({ step }) => step), STEPS)
      assert.match(end.all.split('\n')[0], isOwn ? /its provider counts the prompt/ : /no provider is asked/, 'what it costs comes first')
      const said = Object.fromEntries(end.steps.map(({ step, said }) => [step, said]))
      assert.equal(said.version, `${version}, which is tested`)
      assert.equal(said.answers, '"Ready, as asked."')
      // Some CLIs ask the model for more than turns, such as what is worth remembering.
      const turns = (await machine.model.requests()).filter(({ prompt }) => prompt?.startsWith('Reply with the single word'))
      assert.deepEqual(turns.map(({ step, status }) => [step, status]), [[0, 200]])
      await assert.rejects(access(path.join(said.starts.replace(/^in /, ''), 'repository')))
    })

  const { file } = claudeClis().at(-1)

  test('asks the scripted model whatever the environment of the caller says, and runs the CLI that was found', async (t) => {
    const machine = await prepare(t, answer({ text: 'Ready, as asked.' }), { file })
    const own = await binFolder({ claude: STAND_IN })
    const daemon = await Daemon.start({ env: { HOME: machine.env.HOME, PATH: machine.env.PATH } })
    t.after(() => daemon.remove())
    const env = { ...machine.env, PATH: `${own}:${machine.env.PATH}`, ANTHROPIC_BASE_URL: 'http://127.0.0.1:9', ANTHROPIC_API_KEY: 'a secret' }
    const program = new Program(muster, ['agent', 'check', '--home', daemon.home, '--model-url', machine.model.url], { env })
    const end = await finish(machine, program)
    assert.equal(end.code, 0, end.all)
    const said = Object.fromEntries(end.steps.map(({ step, said }) => [step, said]))
    assert.equal(said.found, path.join(machine.bin, 'claude'))
    assert.equal(said.answers, '"Ready, as asked."')
    const turns = (await machine.model.requests()).filter(({ prompt }) => prompt?.startsWith('Reply with the single word'))
    assert.equal(turns.length, 1)
  })

  test('says why a CLI is refused, and still stops it', async (t) => {
    const machine = await prepare(
      t, { default: 'check', scenarios: { check: [{ status: 403, message: 'Your account does not have access' }] } }, { file })
    const end = await finish(machine, machine.begin())
    assert.equal(end.code, 1)
    assert.equal(firstBad(end).step, 'answers', end.all)
    assert.match(firstBad(end).said, /does not have access/)
    assert.deepEqual(marks(end)['nothing left'], 'ok')
    assert.deepEqual(marks(end)['cleaned up'], 'ok')
  })

  test('stops the agent when it is interrupted', async (t) => {
    const machine = await prepare(t, answer({ text: 'slow ', repeat: 600, pace: 100 }), { file })
    const program = machine.begin()
    await program.waitLine(/^ok +handshake/)
    program.child.kill('SIGINT')
    const end = await finish(machine, program)
    assert.equal(end.code, 1)
    assert.deepEqual(firstBad(end), { mark: 'BAD', step: 'answers', said: 'interrupted' })
    for (const step of ['stops', 'nothing left', 'cleaned up']) assert.equal(marks(end)[step], 'ok', end.all)
  })

  test('says how to install what is missing, and which adapters there are', async (t) => {
    const machine = await prepare(t, answer({ text: 'never' }))
    const end = await finish(machine, machine.begin())
    assert.equal(end.code, 1)
    assert.deepEqual(end.steps.map(({ step }) => step), ['found'])
    assert.match(firstBad(end).said, /npm install -g @anthropic-ai\/claude-code/)
    const refused = machine.begin('--adapter', 'terminal')
    assert.equal((await finish(machine, refused)).code, 2)
    assert.match(refused.errors.items.join('\n'), /`terminal` is not an adapter with a program of its own; these are: claude/)
  })
})
