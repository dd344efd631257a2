// What is installed beside Muster: it is asked for in the background, the demo takes what is kept for it, and a person
// without a token is shown a command that works.
import assert from 'node:assert/strict'
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { agentCli, binFolder, claudeClis, STAND_IN } from '../harness/clis.mjs'
import { Daemon, makeFolder } from '../harness/daemon.mjs'
import { until } from '../harness/wait.mjs'

async function startDaemon(t, options) {
  const daemon = await Daemon.start(options)
  t.after(() => daemon.remove())
  return daemon
}

const readClaude = async (daemon) => (await daemon.want(200, 'GET', '/api/system')).claude
const exists = (file) => access(file).then(() => true, () => false)

/** A daemon whose agent CLI is a shell script that records its process id before it continues. */
async function startWithScript(t) {
  const bin = await makeFolder('bin')
  const [claude, asked] = [path.join(bin, 'claude'), path.join(bin, 'asked')]
  const install = async (rest) => {
    await writeFile(`${claude}.new`, `#!/bin/sh\necho $$ >>'${asked}'\n${rest}\n`, { mode: 0o755 })
    await rename(`${claude}.new`, claude)
  }
  return { bin, claude, asked, install, env: { PATH: `${bin}:${process.env.PATH}` } }
}

test('a CLI that hangs at --version makes no call wait', async (t) => {
  const { claude, asked, install, env } = await startWithScript(t)
  await install('exec sleep 600')
  const daemon = await startDaemon(t, { env })
  const found = await readClaude(daemon)
  assert.deepEqual([found.found, found.path, found.version], [true, claude, undefined])
  await until(() => exists(asked), 'the CLI is asked')
  for (let n = 0; n < 20; n++) assert.equal((await readClaude(daemon)).version, undefined)
  assert.equal((await readFile(asked, 'utf8')).trim().split('\n').length, 1, 'it is asked once at a time')
})

test('the CLI’s version is published once it is known, and it is asked again only after it has changed', async (t) => {
  const { asked, install, env } = await startWithScript(t)
  await install('echo "1.0 (Claude Code)"')
  const daemon = await startDaemon(t, { env })
  const live = await daemon.connect()
  const topic = await live.subscribe('app')
  await readClaude(daemon)
  const first = await topic.waitFor('system_updated', ({ cli }) => cli.version === '1.0')
  assert.deepEqual(await readClaude(daemon), first.payload.cli)
  await install('echo "1.0.1 (Claude Code)"')
  assert.equal((await readClaude(daemon)).version, undefined, 'what the old one said is not said of the new one')
  await topic.waitFor('system_updated', ({ cli }) => cli.version === '1.0.1')
  assert.equal((await readClaude(daemon)).version, '1.0.1')
  assert.equal((await readFile(asked, 'utf8')).trim().split('\n').length, 2)
  await live.close()
})

/** A PATH without an agent CLI, and the place where `./dev run --demo` keeps one. */
async function startBare(t) {
  const cache = await makeFolder('cache')
  const env = { PATH: await binFolder({ names: ['git', 'node'] }), XDG_CACHE_HOME: cache, HOME: await makeFolder('user') }
  return { daemon: await startDaemon(t, { env }), kept: path.join(cache, 'muster-dev/bin') }
}

test('a demo without a CLI creates no sample and says what to install', async (t) => {
  const { daemon } = await startBare(t)
  const { found, demoFound, installCommand } = await readClaude(daemon)
  assert.deepEqual([found, demoFound], [false, false])
  const { status, body } = await daemon.api('POST', '/api/demo')
  assert.deepEqual([status, body.error.code], [409, 'MISSING_CLI'])
  assert.ok(body.error.message.includes(installCommand), body.error.message)
  assert.deepEqual((await daemon.want(200, 'GET', '/api/workspaces')).workspaces, [])
  assert.equal(await exists(path.join(daemon.home, 'demo/sample')), false)
})

test('the demo’s agents, and no others, run the CLI that is kept for the demo', async (t) => {
  const { daemon, kept } = await startBare(t)
  await mkdir(kept, { recursive: true })
  await writeFile(path.join(kept, 'claude'), `#!/bin/sh\nexec '${process.execPath}' '${STAND_IN}' "$@"\n`, { mode: 0o755 })
  const { found, demoFound } = await readClaude(daemon)
  assert.deepEqual([found, demoFound], [false, true])
  const { workspace } = await daemon.want(200, 'POST', '/api/demo')
  const { worktrees } = await daemon.want(200, 'GET', `/api/workspaces/${workspace.id}/worktrees`)
  const agent = await daemon.want(201, 'POST', '/api/agents', { worktreeId: worktrees[0].id })
  await daemon.want(200, 'POST', `/api/agents/${agent.id}/start`)
  await daemon.want(200, 'POST', `/api/agents/${agent.id}/stop`)
})

test('every CLI is listed with its version, its login and whether that version is tested', async (t) => {
  const HOME = await makeFolder('user')
  const bin = await binFolder({ names: ['git', 'node'] })
  const env = { PATH: `${bin}:/usr/bin:/bin`, HOME, ANTHROPIC_API_KEY: 'a secret key' }
  const install = (name, version) =>
    writeFile(path.join(bin, name), `#!/bin/sh\n[ "$*" = --version ] && echo '${version}'\n`, { mode: 0o755 })
  await install('claude', `${claudeClis().at(-1).version} (Claude Code)`)
  const daemon = await startDaemon(t, { env })
  const live = await daemon.connect()
  const topic = await live.subscribe('app')
  const read = async () => (await daemon.want(200, 'GET', '/api/clis')).clis
  const first = await read()
  assert.ok(first.every(({ installCommand, name }) => installCommand.startsWith('npm install -g ') && name))
  assert.ok(first.every((cli) => cli.found === (cli.adapter === 'claude')))
  await topic.waitFor('system_updated', ({ cli }) => cli.adapter === 'claude' && cli.version)
  const [claude, ...others] = await read()
  assert.deepEqual([claude.version, claude.isTested], [claudeClis().at(-1).version, true])
  assert.deepEqual([claude.login, claude.loginSource], ['logged_in', 'ANTHROPIC_API_KEY'])
  assert.ok(!JSON.stringify(claude).includes('a secret key'))
  assert.deepEqual(claude.testedVersions, claudeClis().map(({ version }) => version), 'as the tests pin them')
  for (const cli of others) {
    assert.deepEqual(cli.testedVersions, [agentCli(cli.adapter).version], 'as the tests pin it')
    await install(cli.program, `${cli.program}-cli 0.0.1`)
  }
  await read()
  for (const { adapter } of others) await topic.waitFor('system_updated', ({ cli }) => cli.adapter === adapter && cli.version === '0.0.1')
  assert.ok((await read()).every((cli) => cli.found && cli.isTested === (cli.adapter === 'claude')))
  await live.close()
})
