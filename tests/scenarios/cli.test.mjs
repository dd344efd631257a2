// The command line: every operation by its name and its alias, help that is made from the same table, errors that say
// what to do, start-up options from every source, and the doctor.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { withStandIn } from '../harness/clis.mjs'
import { Daemon, makeFolder, muster } from '../harness/daemon.mjs'
import { HostWorld, SAMPLE } from '../harness/hosts.mjs'
import { Program, build, runToEnd } from '../harness/program.mjs'
import { makeSsh } from '../harness/remotes.mjs'
import { git, makeRepository, makeSharedRepository, writeFiles } from '../harness/repository.mjs'
import { until } from '../harness/wait.mjs'

const PROPOSED = '{"scripts":[]}'
const run = (args, options) => runToEnd(muster, args, { code: null, ...options })

/** A daemon that ends with its test, however that ends. */
async function startDaemon(t, options) {
  const daemon = await Daemon.start(options)
  t.after(() => daemon.remove())
  return daemon
}

/** [{alias, name}] as `muster help` lists them. */
async function aliases() {
  const { out } = await run(['help'])
  const rows = out.split('\n').map((line) => /^ {2}([a-z -]{18}) ([a-z_]+) {2,}\S/.exec(line)).filter(Boolean)
  return rows.map(([, alias, name]) => ({ alias: alias.trim(), name }))
}

describe('a command', () => {
  let daemon, c
  const cli = async (...words) => {
    const { code, out, err } = await daemon.cli(words, { code: null })
    assert.equal(code, 0, `muster ${words.join(' ')}: ${code}\n${out}${err}`)
    return out ? JSON.parse(out) : undefined
  }

  /** As a git that was killed does. */
  async function leaveLock() {
    const { path: folder } = await daemon.want(200, 'GET', `/api/workspaces/${c.ws}/worktrees/${c.wt}`)
    c.lock = (await git(folder, 'rev-parse', '--path-format=absolute', '--git-path', 'index.lock')).trim()
    await writeFile(c.lock, '')
  }

  before(async () => {
    const hosts = await makeFolder('hosts')
    const world = await HostWorld.make(hosts, path.join(hosts, 'bin'))
    await world.set(structuredClone(SAMPLE))
    await makeSsh(world.bin)
    const env = await withStandIn()
    daemon = await Daemon.start({ env: { ...env, PATH: `${world.bin}:${env.PATH ?? process.env.PATH}` } })
    c = { repository: await makeSharedRepository() }
    await world.addRemote(c.repository)
    c.file = path.join(await makeFolder('attached'), 'a file.json')
    await writeFile(c.file, '{"its":"content"}')
  })
  after(() => daemon.remove())

  /** In the order in which they can succeed: the alias, its words, what to keep. */
  const jobs = [
    ['health', () => []],
    ['code', () => []],
    ['system', () => []],
    ['holds', () => []],
    ['system doctor', () => [], (out) => assert.ok(out.checks.some(({ id, state }) => id === 'git' && state === 'ok'))],
    ['cli list', () => [], (out) => assert.ok(out.clis.some(({ adapter }) => adapter === 'claude'))],
    ['setting list', () => []],
    ['setting set', () => ['workspace.roots', os.tmpdir()]],
    ['setting reset', () => ['max_context_warning']],
    ['intents', () => [], (out) => assert.deepEqual(out, { intents: [] })],
    ['attachment add', () => [c.file, '--name', 'what.json'], (out) => (c.att = out.id)],
    ['attachment show', () => [c.att], (out) => assert.equal(out.name, 'what.json')],
    ['attachment content', () => [c.att], (out) => assert.deepEqual(out, { its: 'content' })],
    ['attachment remove', () => [c.att]],
    ['state put', () => ['page/x', '--value', '{"open":true}'], (out) => assert.equal(out.key, 'page/x')],
    ['state get', () => ['page/x'], (out) => assert.deepEqual(out.value, { open: true })],
    ['state list', () => ['--prefix', 'page/'], (out) => assert.equal(out.states.length, 1)],
    ['away', () => ['2026-01-01T00:00:00Z'], (out) => assert.deepEqual(out, { agents: [], landings: 0, truncated: false })],
    ['workspace open', () => [c.repository], (out) => (c.ws = out.id)],
    ['workspace clone', () => [`ssh://git@here.example.org${c.repository}`, '--path', `${c.repository}-clone`], (out) => (c.cloned = out.id)],
    ['workspace close', () => [c.cloned]],
    ['clone list', () => [], (out) => assert.deepEqual(out.clones, [])],
    ['workspace list', () => []],
    ['workspace show', () => [c.ws]],
    ['workspace rename', () => [c.ws, 'A new name'], (out) => assert.equal(out.name, 'A new name')],
    ['workspace refresh', () => [c.ws]],
    ['workspace copy', () => [c.ws, '.env*'], (out) => assert.deepEqual(out.patterns, ['.env*'])],
    ['workspace copied', () => [c.ws], (out) => assert.deepEqual(out.patterns, ['.env*'])],
    ['worktree create', () => [c.ws, '--create-branch', 'first', '--branch=first'], (out) => (c.wt = out.id)],
    ['worktree list', () => [c.ws], (out) => (c.all = out.worktrees.map(({ id }) => id))],
    ['worktree reorder', () => [c.ws, ...c.all.toReversed()]],
    ['worktree show', () => [c.ws, c.wt]],
    ['worktree update', () => ['--workspace', c.ws, '--worktree-id', c.wt, '--name', 'renamed'], (out) => assert.equal(out.name, 'renamed')],
    ['worktree status', () => [c.ws, c.wt]],
    ['worktree branches', () => [c.ws, c.wt]],
    ['worktree diff', () => [c.ws, c.wt]],
    ['worktree blob', () => [c.ws, c.wt, 'README.md'], (out) => assert.equal(out.mediaType, 'text/plain')],
    ['workspace base', () => [c.ws], (out) => assert.deepEqual(out, { branch: 'main', isDefault: true })],
    ['workspace set-base', () => [c.ws, '--branch', 'main'], (out) => assert.equal(out.isDefault, false)],
    ['file list', () => [c.ws, c.wt], (out) => assert.ok(out.entries.some((entry) => entry.path === 'README.md' && entry.state === 'clean'))],
    ['file find', () => [c.ws, c.wt, 'read'], (out) => assert.deepEqual(out.paths, ['README.md'])],
    ['file read', () => [c.ws, c.wt, 'README.md'], (out) => ((c.digest = out.digest), assert.match(out.content, /^# /))],
    ['setting set', () => ['open.file_manager', '/bin/true']],
    ['file open', () => [c.ws, c.wt, 'file_manager'], (out) => assert.deepEqual(out.command, ['/bin/true'])],
    ['file write', () => [c.ws, c.wt, 'README.md', '# Written', '--if-digest', c.digest], (out) => assert.equal(out.salvage.act, 'write_file')],
    ['change stage', () => [c.ws, c.wt, '--all']],
    ['change unstage', () => [c.ws, c.wt, '--all']],
    ['change discard', () => [c.ws, c.wt, '--all']],
    ['change commit', () => [c.ws, c.wt, 'A commit', '--allow-empty'], (out) => ((c.made = out), assert.equal(out.summary, 'A commit'))],
    ['change uncommit', () => [c.ws, c.wt, c.made.id, c.made.beforeId], (out) => assert.equal(out.id, c.made.beforeId)],
    ['change commit', () => [c.ws, c.wt, 'A commit', '--allow-empty']],
    ['change fetch', () => [c.ws, c.wt]],
    ['change push', () => [c.ws, c.wt, '--set-upstream'], (out) => assert.equal(out.remote, 'origin')],
    ['change cancel', () => [c.ws, c.wt], (out) => assert.deepEqual(out, { cancelled: 0 })],
    ['host show', () => [c.ws, '--remote', 'host'], (out) => assert.equal(out.login, 'octo')],
    ['pr list', () => [c.ws, '--remote', 'host'], (out) => assert.equal(out.pullRequests.length, 2)],
    ['pr show', () => [c.ws, '8', '--remote', 'host'], (out) => assert.equal(out.title, 'Fix the login')],
    ['pr checks', () => [c.ws, '8', '--remote', 'host'], (out) => assert.equal(out.checks.length, 4)],
    ['pr comments', () => [c.ws, '8', '--remote', 'host'], (out) => assert.equal(out.comments.length, 4)],
    ['pr create', () => [c.ws, c.wt, 'A title', '--remote', 'host', '--draft'], (out) => assert.deepEqual([out.head, out.isDraft], ['first', true])],
    ['issue list', () => [c.ws, '--remote', 'host'], (out) => assert.deepEqual(out.issues.map(({ number }) => number), [12])],
    ['issue show', () => [c.ws, '12', '--remote', 'host'], (out) => assert.equal(out.author, 'carol')],
    ['issue start', () => [c.ws, '12', '--remote', 'host', '--with-agent=false'], (out) => assert.equal(out.worktree.branch, '12-login-fails-again')],
    ['change conflicts', () => [c.ws, c.wt], (out) => assert.equal(out.inProgress, 'none')],
    ['change merge', () => [c.ws, c.wt]],
    ['change rebase', () => [c.ws, c.wt]],
    ['change pull', () => [c.ws, c.wt]],
    ['change squash', () => [c.ws, c.wt, 'Squashed']],
    ['workspace radar', () => [c.ws], (out) => assert.equal(out.leftOut, 0)],
    ['landing list', () => [], (out) => assert.deepEqual(out, { workspaces: [], leftOut: 0 })],
    ['workspace landing', () => [c.ws], (out) => assert.equal(out.baseRef, 'refs/heads/main')],
    ['change land', () => [c.ws, c.wt, 'ff'], (out) => assert.equal(out.how, 'ff')],
    ['change landings', () => [c.ws], (out) => assert.deepEqual(out.landings.map(({ worktreeId, how, canUndo }) => [worktreeId, how, canUndo]), [[c.wt, 'ff', true]])],
    ['change undo', () => [c.ws, c.wt]],
    ['landing start', () => [c.ws, JSON.stringify([{ worktreeId: c.wt, headId: 'f'.repeat(40), how: 'ff' }])], (out) => assert.deepEqual([out.state, out.rows.length], ['running', 1])],
    ['landing cancel', () => [c.ws], (out) => assert.equal(out.rows[0].worktreeId, c.wt)],
    ['landing show', () => [c.ws], (out) => assert.equal(out.queue.rows[0].worktreeId, c.wt)],
    ['comment add', () => [c.ws, c.wt, 'README.md', 'new', '1', '# Sample', 'Why?'], (out) => (c.cmt = out.id)],
    ['comment edit', () => [c.ws, c.wt, c.cmt, 'Because?'], (out) => assert.equal(out.body, 'Because?')],
    ['comment list', () => [c.ws, c.wt], (out) => assert.deepEqual(out.comments.map(({ currentLine }) => currentLine), [1])],
    ['comment delete', () => [c.ws, c.wt, c.cmt]],
    ['worktree checkout', () => [c.ws, c.wt, 'second', '--create-branch']],
    ['salvage list', () => [c.ws, c.wt], (out) => (c.salvage = out.salvages[0].id)],
    ['salvage all', () => [c.ws], (out) => assert.deepEqual([out.salvages[0].worktreeId, out.salvages[0].isGone], [c.wt, false])],
    ['salvage show', () => [c.ws, c.wt, c.salvage]],
    ['salvage restore', () => [c.ws, c.wt, c.salvage], leaveLock],
    ['salvage delete', () => [c.ws, '--older-than-days=36500'], (out) => assert.deepEqual(out, { deleted: [], kept: [] })],
    ['worktree unlock', () => [c.ws, c.wt, c.lock], (out) => assert.deepEqual([out.path, out.salvage.act], [c.lock, 'remove_lock'])],
    ['checkpoint list', () => [c.ws, c.wt], (out) => assert.deepEqual(out, { checkpoints: [] })],
    ['browse', () => ['--path', path.dirname(c.repository)]],
    ['script create', () => [c.ws, 'check', 'Tests', 'echo tested'], (out) => (c.script = out.id)],
    ['script update', () => [c.ws, c.script, 'All tests', 'echo tested'], (out) => assert.equal(out.name, 'All tests')],
    ['script list', () => [c.ws], (out) => assert.equal(out.scripts.length, 1)],
    ['script run', () => [c.ws, c.wt, c.script], (out) => (c.run = out.id)],
    ['script stop', () => [c.run]],
    ['check list', () => [c.ws, c.wt], (out) => assert.equal(out.checks[0].id, c.run)],
    ['script runs', () => [c.ws, c.wt], (out) => assert.equal(out.runs.length, 1)],
    ['script log', () => [c.run], (out) => assert.equal(out.offset, 0)],
    ['script proposed', () => [c.ws], (out) => (assert.equal(out.state, 'none'), writeFiles(c.repository, { '.git/info/exclude': '.muster\n', '.muster/scripts.json': PROPOSED }))],
    ['script accept', () => [c.ws, createHash('sha256').update(PROPOSED).digest('hex')], (out) => assert.deepEqual(out, { scripts: [] })],
    ['script delete', () => [c.ws, c.script]],
    ['worktree ports', () => [c.ws, c.wt], (out) => assert.equal(out.ports.length, 10)],
    ['terminal create', () => ['--worktree', c.wt, '--command', 'cat'], (out) => (c.trm = out.id, c.lch = out.launchId)],
    ['terminal list', () => ['--worktree', c.wt], (out) => assert.deepEqual(out.terminals.map(({ id }) => id), [c.trm])],
    ['terminal show', () => [c.trm], (out) => assert.equal(out.state, 'running')],
    ['terminal update', () => [c.trm, 'A cat'], (out) => assert.equal(out.name, 'A cat')],
    ['terminal screen', () => [c.lch], (out) => assert.equal(out.rows, 24)],
    ['terminal close', () => [c.trm], (out) => assert.equal(out.state, 'closed')],
    ['profile create', () => [c.ws, 'Careful', '--model', 'opus'], (out) => (c.profile = out.id)],
    ['profile update', () => [c.ws, c.profile, 'Careful', '--effort', 'high'], (out) => assert.deepEqual([out.effort, out.model], ['high', undefined])],
    ['profile list', () => [c.ws], (out) => assert.equal(out.profiles.length, 1)],
    ['profile reorder', () => [c.ws, c.profile]],
    ['profile delete', () => [c.ws, c.profile]],
    ['agent create', () => [c.wt, '--name', 'runs', '--adapter', 'terminal', '--command', 'cat', '--start'], (out) => (assert.equal(out.status, 'running'), c.runs = out.id)],
    ['agent delete', () => [c.runs]],
    ['agent create', () => [c.wt, '--name', 'cat', '--adapter', 'terminal', '--command', 'cat'], (out) => (c.ag = out.id)],
    ['agent list', () => ['--worktree', c.wt], (out) => assert.equal(out.agents.length, 1)],
    ['overview', () => ['--workspace', c.ws], (out) => assert.deepEqual(out.agents.map(({ id }) => id), [c.ag])],
    ['agent get', () => [c.ag], (out) => assert.deepEqual(out.command, ['cat'])],
    ['agent update', () => ['--agentId', c.ag, '--name', 'the cat']],
    ['agent reorder', () => [c.wt, c.ag]],
    ['agent sessions', () => [c.ag], (out) => assert.deepEqual(out.sessions, [])],
    ['agent fork', () => [c.ag, '--name', 'another cat'], (out) => (c.fork = out.id)],
    ['agent delete', () => [c.fork]],
    ['message send', () => [c.ag, 'Hello'], (out) => (c.msg = out.messageId)],
    ['message list', () => [c.ag], (out) => assert.equal(out.messages.at(-1).content, 'Hello')],
    ['message doubtful', () => ['--agent-id', c.ag], (out) => assert.deepEqual(out.messages, [])],
    ['message find', () => [c.ag, 'hELLO', '--kinds', 'text'], (out) => assert.deepEqual(out.hits.map(({ messageId, start, end }) => [messageId, start, end]), [[c.msg, 0, 5]])],
    ['message edit', () => [c.ag, c.msg, 'Hello again'], (out) => assert.deepEqual([out.content, out.waitsFor], ['Hello again', 'start'])],
    ['message reorder', () => [c.ag, c.msg], (out) => assert.deepEqual(out.ids, [c.msg])],
    ['message now', () => [c.ag, c.msg], (out) => assert.deepEqual([out.status, out.waitsFor], ['queued', 'start'])],
    ['agent commands', () => [c.ag], (out) => assert.deepEqual(out, { commands: [], reason: 'a terminal has no commands' })],
    ['message withdraw', () => [c.ag, c.msg]],
    ['turn list', () => [c.ag], (out) => assert.deepEqual([out.turns, out.total], [[], 0])],
    ['agent start', () => [c.ag], () => until(async () => (await daemon.want(200, 'GET', `/api/agents/${c.ag}`)).pid, 'it can be reached')],
    ['agent status', () => [c.ag], (out) => assert.equal(out.isRunning, true)],
    ['agent evidence', () => [c.ag], (out) => assert.equal(out.hold.state, 'linked')],
    ['agent interrupt', () => [c.ag]],
    ['agent stop', () => [c.ag, '--force']],
    ['agent stop-all', () => ['--force'], (out) => assert.deepEqual(out, { stopped: [], failed: [] })],
    ['agent delete', () => [c.ag]],
    ['agent archived', () => ['--q', 'CAT'], (out) => assert.equal(out.agents[0].id, c.ag)],
    ['agent restore', () => [c.ag]],
    ['ask list', () => []],
    ['rule create', () => ['deny', '--command', 'rm -rf **'], (out) => (c.rule = out.id)],
    ['rule list', () => [], (out) => assert.deepEqual(out.rules.map(({ id }) => id), [c.rule])],
    ['rule update', () => [c.rule, 'allow', '--command', 'npm run *'], (out) => assert.deepEqual([out.decision, out.position], ['allow', 0])],
    ['rule try', () => ['allow', '--tool', 'Bash'], (out) => assert.equal(out.matched, 0)],
    ['rule reorder', () => [c.rule]],
    ['rule apply', () => [c.rule], (out) => assert.equal(out.decided, 0)],
    ['rule delete', () => [c.rule]],
    ['worktree remove', () => [c.ws, c.wt, '--force']],
    ['trash list', () => [], (out) => (c.trash = out.entries[0].id)],
    ['worktree restore', () => [c.ws, c.wt]],
    ['worktree remove', () => [c.ws, c.wt, '--force']],
    ['trash list', () => [], (out) => (c.trash = out.entries[0].id)],
    ['trash restore', () => [c.trash]],
    ['trash empty', () => ['--older-than-days=36500'], (out) => assert.deepEqual(out.deleted, [])],
    ['eye check', () => [], (out) => assert.ok(out.requirements.length > 0)],
    ['eye list', () => [], (out) => assert.deepEqual(out.eyes, [])],
    ['eye games', () => [], (out) => assert.ok(out.games.some(({ id }) => id === 'kobodeluxe'))],
    ['recording list', () => [], (out) => assert.deepEqual(out.recordings, [])],
    ['usage', () => []],
    ['usage today', () => [], (out) => assert.equal(out.weekly, undefined)],
    ['usage history', () => []],
    ['usage limits', () => []],
    ['demo start', () => []],
    ['storage', () => []],
    ['ticket create', () => ['/api/system'], (out) => assert.ok(out.url.startsWith('/api/system?ticket='))],
    ['errors', () => [], (out) => assert.ok(Array.isArray(out.errors))],
    ['errors stats', () => []],
    ['metrics', () => [], (out) => assert.ok(out.requests.totalRequests > 0) ?? rename(c.repository, `${c.repository}-moved`)],
    ['workspace relocate', () => [c.ws, `${c.repository}-moved`], (out) => assert.equal(out.path, `${c.repository}-moved`)],
    ['workspace close', () => [c.ws]],
  ]
  /** These need an agent CLI that asks or has a session; their words are tried against what is not there. */
  const NOWHERE = [`ws_${'0'.repeat(26)}`, `wt_${'0'.repeat(26)}`]
  const refused = [
    ['ask get', [`ask_${'0'.repeat(26)}`], /no ask/],
    ['clone cancel', [`cln_${'0'.repeat(26)}`], /no clone/],
    ['clone dismiss', [`cln_${'0'.repeat(26)}`], /no clone/],
    ['ask answer', [`ask_${'0'.repeat(26)}`, 'allow'], /no ask/],
    ['errors show', [`err_${'0'.repeat(26)}`], /no error report/],
    ['agent resume', [`ag_${'0'.repeat(26)}`], /no agent/],
    ['checkpoint show', [...NOWHERE, `ckp_${'0'.repeat(26)}`], /no worktree/],
    ['checkpoint restore', [...NOWHERE, `ckp_${'0'.repeat(26)}`], /no worktree/],
    ['change continue', NOWHERE, /no worktree/],
    ['change abort', NOWHERE, /no worktree/],
    ['change hand-over', NOWHERE, /no worktree/],
    ['comment send', NOWHERE, /no worktree/],
    ['pr send', [...NOWHERE, '1'], /no worktree/],
    ['comment restore', [...NOWHERE, `cmt_${'0'.repeat(26)}`], /no worktree/],
    ['eye start', ['--game', 'nowhere'], /nowhere/],
    ...['show', 'delete', 'stop', 'restart', 'run', 'halt', 'test', 'bench', 'record', 'stop-record', 'film', 'stop-film'].map((word) => [`eye ${word}`, [`eye_${'0'.repeat(26)}`], /no eye/]),
    ['eye resize', [`eye_${'0'.repeat(26)}`, '640', '480'], /no eye/],
    ...['show', 'content', 'replay', 'delete'].map((word) => [`recording ${word}`, [`rec_${'0'.repeat(26)}`], /no recording/]),
    ['terminal take', [`lch_${'0'.repeat(26)}`, '1'], /no viewer/],
    ['message show', [`ag_${'0'.repeat(26)}`, `msg_${'0'.repeat(26)}`], /no agent/],
    ['place', [`ag_${'0'.repeat(26)}`], /shows nothing with the id/],
  ]

  /** These answer with a text, printed as it is. */
  const texts = [['metrics prometheus', [], /^muster_requests_total \d+$/m]]

  test('does what it says, by each of its aliases', async () => {
    for (const [alias, words, keep] of jobs) {
      const answer = await cli(...alias.split(' '), ...words())
      await keep?.(answer)
    }
    for (const [alias, words, pattern] of refused) {
      const { code, err } = await daemon.cli([...alias.split(' '), ...words], { code: null })
      assert.equal(code, 1, alias)
      assert.match(err, pattern, alias)
    }
    for (const [alias, words, pattern] of texts) {
      const { code, out } = await daemon.cli([...alias.split(' '), ...words], { code: null })
      assert.equal(code, 0, alias)
      assert.match(out, pattern, alias)
    }
    const tried = new Set([...jobs, ...refused, ...texts].map(([alias]) => alias))
    const all = (await aliases()).map(({ alias }) => alias).filter(Boolean)
    assert.ok(all.length > 40)
    assert.deepEqual(all.filter((alias) => !tried.has(alias)), [], 'an alias that no test uses')
  })

  test('prints the daemon\'s error and exits with 1', async () => {
    const { code, out, err } = await daemon.cli(['workspace', 'open', '/usr'], { code: null })
    assert.deepEqual([code, out], [1, ''])
    const [, command] = /^muster: \/usr is outside the folders of workspace\.roots; to allow it, run `(.*)`$/.exec(err)
    await runToEnd('/bin/sh', ['-c', command])
    const { settings } = await cli('setting', 'list')
    assert.equal(settings.find(({ name }) => name === 'workspace.roots').value, `${os.tmpdir()}\n/usr`)
    assert.match((await daemon.cli(['workspace', 'open', '/usr'], { code: null })).err, /not a git repository/)
    const { code: failed, err: once } = await daemon.cli(['setting', 'set', 'launch.min_free_mib', 'x'], { code: null })
    assert.deepEqual([failed, once], [1, 'muster: launch.min_free_mib must be a whole number from 0 to 4194304 (--value)'])
    const { err: another } = await daemon.cli(['agent', 'create', `wt_${'0'.repeat(26)}`, '--adapter', 'terminal'], { code: null })
    assert.equal(another, 'muster: an agent with the adapter terminal requires a command (--command)')
  })

  test('that creates and starts an agent names the one that could not be started', async () => {
    await cli('setting', 'set', 'workspace.roots', os.tmpdir())
    const { worktrees } = await cli('worktree', 'list', (await cli('workspace', 'open', await makeRepository())).id)
    const { code, out, err } = await daemon.cli(['agent', 'create', worktrees[0].id, '--adapter', 'terminal', '--command', '/no/such/program', '--start'], { code: null })
    const { id } = JSON.parse(out)
    assert.equal(code, 1)
    assert.match(err, new RegExp(`^muster: .*/no/such/program.*\nmuster: ${id} was created; to try again, run \`${muster} --home ${daemon.home} agent start ${id}\`$`))
  })

  test('that is incomplete or unknown exits with 2 and says how to continue', async () => {
    const cases = [
      [['agent', 'create'], /--worktree is required$/], [['agent', 'get', 'x'], /--agent must be an id: ag_ and 26 characters, all lower case$/],
      [['agent', 'create', '--limits', '{"processes":-1,"memoryMib":-2}'], /--limits \(memoryMib\) must be .*\nmuster: --limits \(processes\) must be /],
      [['worktree', 'update', '--name', 'x'], /--workspace is required\nmuster: --worktree is required$/],
      [['agent', 'list', '--colour', 'red'], `agent list has no option --colour; see \`${muster} help agent list\``],
      [['list_holds', '--colour'], `holds has no option --colour; see \`${muster} help holds\``],
      [['agent', 'list', '--status'], /--status requires a value/], [['agent', 'list', '--status', 'odd'], /--status must be one of: /],
      [['agent', 'list', 'one', 'two'], `agent list does not take \`one\`; see \`${muster} help agent list\``], [['health', 'now'], /health does not take `now`/],
      [['agent'], /unknown command `agent`; similar commands:\n {2}muster agent list/], [['agent', 'fly'], /unknown command `agent fly`; similar commands:\n {2}muster agent list/],
      [['--fly'], /unknown option --fly/], [['--port'], /--port requires a value/], [['--port', '0'], `no command given; \`${muster} help\` lists all commands`],
      [['fly'], `unknown command \`fly\`; \`${muster} help\` lists all commands`], [['config'], /usage: muster config example/],
      [['serve', 'now'], /serve does not take `now`/], [['version', 'extra'], `version does not take \`extra\`; see \`${muster} help version\``],
      [['serve', '--home', ''], '--home requires a value'], [['browse', '--path', ''], '--path requires a value'],
      [['worktree', 'show', `wt_${'0'.repeat(26)}`], `wt_${'0'.repeat(26)} is an id for --worktree; --workspace, which comes before it, is missing`],
 [['doctor', 'please'], /doctor does not take `please`/], [['message', 'list', '--limit', 'many'], /--limit must be/],
      [['logs'], /logs requires AGENT/], [['logs', 'x'], `\`x\` is not an agent's id; \`${muster} --home ${daemon.home} agent list\` lists all agents`],
      [['events'], /events requires TOPIC/], [['events', 'app', 'inbox'], /events does not take `inbox`/], [['events', '--after'], /--after requires a value/],
      [['events', 'app', '--after', '3'], /--after takes GENERATION:SEQ/], [['open', '--fly'], /unknown option --fly/], [['open', '-f'], /`-f` is not an id/],
    ]
    for (const [words, pattern] of cases) {
      const { code, out, err } = await daemon.cli(words, { code: null })
      assert.equal(code, 2, `${words.join(' ')}: ${out}${err}`)
      if (typeof pattern === 'string') assert.equal(err, `muster: ${pattern}`, words.join(' '))
      else assert.match(err, new RegExp(`^muster: (.*\\n)*.*${pattern.source}`), words.join(' '))
    }
  })

  test('without a daemon says how to start one', async () => {
    const home = path.join(await makeFolder('none'), 'home')
    for (const make of [() => undefined, () => mkdir(home)]) {
      await make()
      const { code, err } = await run(['--home', home, 'agent', 'list'])
      assert.equal(code, 1)
      assert.equal(err, `muster: no daemon is running for the data folder ${home}; start it with \`${muster} --home ${home} serve\``)
    }
  })
})

describe('help', () => {
  test('lists every operation, and has a page for each alias', async () => {
    const rows = await aliases()
    const { out } = await runToEnd(path.join(build, 'bin/muster-gen'), ['--bad-cases'])
    assert.deepEqual(rows.map(({ name }) => name).sort(), JSON.parse(out).operations.map(({ name }) => name).sort())
    assert.equal(new Set(rows.map(({ alias }) => alias).filter(Boolean)).size, rows.filter(({ alias }) => alias).length)
    for (const { alias, name } of rows.filter((row) => row.alias)) {
      const page = (await runToEnd(muster, ['help', ...alias.split(' ')])).out
      assert.ok(page.startsWith(`muster ${alias}\nmuster ${name}\n`), page)
      assert.doesNotMatch(page, /\b[a-z]+Ids?\b/, 'a field of the API in place of its option')
    }
    const { out: byName } = await runToEnd(muster, ['help', 'create_agent'])
    assert.equal((await runToEnd(muster, ['help', 'agent', 'create'])).out, byName)
    assert.match((await runToEnd(muster, ['help', 'worktree'])).out, /^ {2}muster worktree create /m)
  })

  test('is one page, however it is requested', async () => {
    const page = (await runToEnd(muster, ['help'])).out
    for (const args of [[], ['--help'], ['-h'], ['help', '--help']]) {
      assert.equal((await runToEnd(muster, args)).out, page, args.join(' '))
    }
    for (const [verb, ...options] of [['serve', '--home', '--port', '--log-file'], ['logs', '--follow', '--home'], ['events', '--after', '--follow'], ['open', '--print'], ['doctor', '--home'], ['version']]) {
      const own = (await runToEnd(muster, ['help', verb])).out
      assert.match(own, new RegExp(`^usage: muster ${verb}\\b`))
      for (const option of options) assert.match(own, new RegExp(`^  (-f, )?${option}\\b`, 'm'))
      if (verb !== 'serve') assert.doesNotMatch(own, /--port/)
      assert.equal((await runToEnd(muster, [verb, '--help'])).out, own)
    }
    for (const word of ['serve', 'open', 'logs', 'events', 'doctor', 'config', 'model', 'version', '--home', '--port']) assert.match(page, new RegExp(`^  ${word} `, 'm'))
    assert.match((await runToEnd(muster, ['agent', 'create', '--help'])).out, /--mode regular\|plan\|auto\n/)
    assert.match((await runToEnd(muster, ['agent', '--help'])).out, /^ {2}muster agent list/m)
    assert.match((await runToEnd(muster, ['--version'])).out, /^muster \d+\.\d+\.\d+$/)
  })
})

describe('start-up options', () => {
  const serve = (args, env) => run(['serve', '--port', '0', ...args], { env })

  async function configured(text) {
    const config = await makeFolder('config')
    await mkdir(path.join(config, 'muster'))
    await writeFile(path.join(config, 'muster/config.yaml'), text)
    return { XDG_CONFIG_HOME: config }
  }

  test('that are invalid are named together with what is valid', async () => {
    const home = await makeFolder('home')
    const file = path.join(home, 'file')
    await writeFile(file, '')
    const cases = [
      [['--port', '70000'], {}, /`port` must be a whole number from 0 to 65535/], [['--port', 'x'], {}, /`port` must be/], [['--port='], {}, /--port requires a value/],
      [['--prot', '3'], {}, /unknown option --prot/], [['--log'], {}, /--log requires a value/], [['--demo=maybe'], {}, /`demo` must be true or false/],
      [['--address', '0.0.0.0'], {}, /0\.0\.0\.0 is not loopback.*TLS/], [['--address', '::'], {}, /not loopback/], [['--address', '192.168.1.5'], {}, /not loopback/],
      [['--address', 'localhost'], {}, /not loopback|localhost/], [['--log-format', 'xml'], {}, /log-format must be text or json/],
      [['--log', 'loud'], {}, /"loud" is not a valid log level/], [['--log', 'info,net=loud'], {}, /"loud" is not a valid log level/],
      [['--log', 'info,launches=debug'], {}, /unknown log module "launches" \(.*\blaunch\b.*\)/],
      [['--log-file', '/no/such/folder/log'], {}, /\/no\/such\/folder\/log/], [['--home', file], {}, /file/],
      [[], { MUSTER_LOG: 'loud' }, /"loud" is not a valid log level/], [[], { MUSTER_DEMO: 'maybe' }, /MUSTER_DEMO: `demo`/],
      [[], { MUSTER_ADDRESS: '10.0.0.1' }, /not loopback/],
      [[], await configured('colour: red\n'), /config\.yaml, line 1: unknown option `colour`/], [[], await configured('log:\n  - info\n'), /line 2: only `name: value`/],
      [[], await configured('log: {a: b}\n'), /line 1: only `name: value`/], [[], await configured('log: &x info\nhome: *x\n'), /line 2: only `name: value`/],
      [[], await configured('log: "half\n'), /config\.yaml, line \d+: /], [[], await configured('port: many\n'), /config\.yaml, line 1: `port` must be/],
      [[], await configured('just a text\n'), /config\.yaml/], [[], await configured('- a list\n'), /only `name: value`/],
    ]
    for (const [args, env, pattern] of cases) {
      const { code, out, err } = await serve(args, { MUSTER_HOME: home, ...env })
      assert.ok(code === 1 || code === 2, `${args} ${JSON.stringify(env)}: ${code} ${out}`)
      assert.match(err, pattern, `${args} ${JSON.stringify(env)}`)
    }
    const { err } = await run(['serve'], { env: { MUSTER_HOME: home, MUSTER_LISTEN_PORT: 'x' } })
    assert.match(err, /MUSTER_LISTEN_PORT: `port` must be/)
  })

  test('in a broken file do not break the help for them', async () => {
    const env = await configured('colour: red\n')
    for (const args of [['help'], ['--help'], ['config', 'example'], ['version'], ['help', 'agent']]) {
      assert.equal((await runToEnd(muster, args, { env })).out, (await runToEnd(muster, args)).out, args.join(' '))
    }
    assert.match((await run(['agent', 'list'], { env })).err, new RegExp(`unknown option \`colour\`; see \`${muster} config example\``))
  })

  test('come from flags, then the environment, then the file', async () => {
    const file = await configured('address: 10.0.0.3\n')
    const addressOf = async (args, env) => /address (\S+)/.exec((await serve(args, { MUSTER_HOME: '/nonexistent', ...env })).err)[1]
    assert.equal(await addressOf([], file), '10.0.0.3')
    assert.equal(await addressOf([], { ...file, MUSTER_ADDRESS: '10.0.0.2' }), '10.0.0.2')
    assert.equal(await addressOf(['--address', '10.0.0.1'], { ...file, MUSTER_ADDRESS: '10.0.0.2' }), '10.0.0.1')
  })

  test('the example names every option and is valid as it is, commented or not', async (t) => {
    const { out } = await runToEnd(muster, ['config', 'example'])
    const help = (await runToEnd(muster, ['help'])).out
    const options = [...help.matchAll(/^ {2}--([a-z-]+) /gm)].map(([, name]) => name)
    assert.ok(options.length >= 10)
    for (const name of options) assert.match(out, new RegExp(`^#${name}: `, 'm'))
    assert.equal(out.match(/\bMUSTER_[A-Z_]+$/gm).length, options.length)
    for (const text of [out, out.replace(/^#([a-z-]+: )/gm, '$1')]) {
      const daemon = await startDaemon(t, { env: await configured(text) })
      await daemon.want(200, 'GET', '/api/health')
    }
  })

  test('a second daemon on the same home names the first, prints the command that opens its page, and leaves it alone', async (t) => {
    const daemon = await startDaemon(t, { home: await makeFolder("it's a home") })
    const { code, err } = await serve([], { MUSTER_HOME: daemon.home })
    assert.equal(code, 1)
    assert.ok(err.includes(`another daemon uses ${daemon.home} (process ${daemon.program.pid})`), err)
    const [, command] = /`(.* open)` opens its page/.exec(err)
    const { out } = await runToEnd('sh', ['-c', `${command} --help`])
    assert.match(out, /usage: muster/)
    const quoted = `--home '${daemon.home.replace("'", "'\\''")}' open`
    assert.ok(command.endsWith(quoted), `${command}\n${quoted}`)
    assert.ok((await daemon.program.waitLine(/ open`/)).includes(`\`${command}\``), 'the start prints the same command')
    await daemon.want(200, 'GET', '/api/health')
    await daemon.cli(['health'])
  })

  test('a port that is taken is named, with the option that chooses another', async () => {
    const taken = net.createServer()
    await once(taken.listen(0, '127.0.0.1'), 'listening')
    const { port } = taken.address()
    const { code, err } = await run(['serve', '--home', await makeFolder('home'), '--port', String(port)])
    taken.close()
    assert.deepEqual([code, err], [1, `muster: port ${port} of 127.0.0.1 is already in use; choose another with --port, or use any free one with --port 0`])
  })
})

describe('the doctor', () => {
  const doctor = (home, env) => run(['--home', home, 'doctor'], { env })
  const finding = (out, what) => new RegExp(`^(\\S+) +${what} `, 'm').exec(out)?.[1]

  test('finds no fault in a healthy installation, with and without a daemon', async (t) => {
    const daemon = await startDaemon(t)
    const { code, out } = await doctor(daemon.home)
    assert.equal(code, 0, out)
    for (const what of ['muster-hold', 'git', 'data folder', 'token', 'store', 'holds', 'daemon']) assert.equal(finding(out, what), 'ok', `${what}\n${out}`)
    assert.ok(!out.includes(daemon.token))
    await daemon.stop()
    const without = await doctor(daemon.home)
    assert.equal(finding(without.out, 'daemon'), 'note')
    assert.equal(without.code, 0)
    await daemon.restart()
  })

  test('finds in the daemon what the command line prints, and says what the machine allows', async (t) => {
    const daemon = await startDaemon(t)
    const [first, second] = await Promise.all([daemon.want(200, 'GET', '/api/doctor'), daemon.want(200, 'GET', '/api/doctor')])
    assert.deepEqual(second, first, 'a call while one runs shares its report')
    const ids = new Set(first.checks.map(({ id }) => id))
    for (const id of ['hold', 'git', 'daemon', 'home', 'space', 'store', 'streams', 'cgroup', 'limits', 'cli', 'holds', 'trash', 'salvages', 'watches', 'files', 'clock', 'sandbox', 'ports', 'terminal'])
      assert.ok(ids.has(id), id)
    const states = new Set(first.checks.map(({ state }) => state))
    assert.equal(first.state, states.has('error') ? 'error' : states.has('warning') ? 'warning' : 'ok')
    const { out } = await doctor(daemon.home)
    assert.deepEqual(out.trimEnd().split('\n').slice(1).map((line) => line.slice(6).split('  ')[0].trim().split(' ')[0]), first.checks.map(({ title }) => title.split(' ')[0]))
    const { status } = await daemon.api('GET', '/api/doctor', undefined, { token: null })
    assert.equal(status, 401)
  })

  test('a CLI that hangs keeps neither the doctor nor anybody else', { timeout: 60_000 }, async (t) => {
    const claude = path.join(await makeFolder('claude'), 'claude')
    await writeFile(claude, '#!/bin/sh\nexec sleep 12\n', { mode: 0o755 })
    const daemon = await startDaemon(t)
    await daemon.cli(['setting', 'set', 'agent.claude_path', claude])
    const began = Date.now()
    const slow = daemon.want(200, 'GET', '/api/doctor')
    await daemon.want(200, 'GET', '/api/system')
    const { checks } = await slow
    assert.ok(Date.now() - began < 14_000)
    assert.match(checks.find(({ id, title }) => id === 'cli' && ['claude', 'agent CLIs'].includes(title)).detail, /did not report its version within|has not ended/)
    assert.equal(checks.find(({ id }) => id === 'git').state, 'ok')
  })

  test('reports the same about the agent CLI as the page: its path, its version and its login', async (t) => {
    const claude = path.join(await makeFolder('claude'), 'claude')
    await writeFile(claude, '#!/bin/sh\necho "7.8.9 (Claude Code)"\n', { mode: 0o755 })
    for (const key of ['', 'a key']) {
      const daemon = await startDaemon(t, { env: { HOME: path.dirname(claude), ANTHROPIC_API_KEY: key || undefined } })
      await daemon.cli(['setting', 'set', 'agent.claude_path', claude])
      const live = await daemon.connect()
      const app = await live.subscribe('app')
      await daemon.want(200, 'GET', '/api/system')
      await app.waitFor('system_updated', (news) => news.cli.version === '7.8.9')
      await live.close()
      const shown = (await daemon.want(200, 'GET', '/api/system')).claude
      assert.deepEqual([shown.path, shown.login], [claude, key ? 'logged_in' : 'logged_out'])
      // From another environment than the daemon's, which is what counts.
      const { out } = await doctor(daemon.home, { ANTHROPIC_API_KEY: key ? undefined : 'another' })
      assert.equal(finding(out, 'claude'), key ? 'ok' : 'note', out)
      assert.match(out, new RegExp(` ${claude}, version 7\\.8\\.9; ${key ? 'a' : 'no'} login was found`, 'm'))
      await daemon.remove()
    }
  })

  test('says that the agent CLI is there but not executable', async (t) => {
    const claude = path.join(await makeFolder('claude'), 'claude')
    await writeFile(claude, '#!/bin/sh\n', { mode: 0o644 })
    const daemon = await startDaemon(t)
    await daemon.cli(['setting', 'set', 'agent.claude_path', claude])
    const shown = (await daemon.want(200, 'GET', '/api/system')).claude
    assert.deepEqual([shown.found, shown.notExecutable, shown.installCommand], [false, claude, `chmod +x ${claude}`])
    assert.match((await doctor(daemon.home)).out, new RegExp(`note +claude +${claude} is not executable: .*\`chmod \\+x ${claude}\``))
    await writeFile(claude, '#!/bin/sh\necho 1.2.3', { mode: 0o755 })
    await chmod(claude, 0o755)
    assert.match((await doctor(daemon.home)).out, new RegExp(`${claude}, version 1\\.2\\.3`), 'also when the daemon has not asked it yet')
  })

  test('measures free space by the setting', async (t) => {
    const daemon = await startDaemon(t)
    for (const [mib, mark] of [['7', 'ok'], ['4194304', 'BAD']]) {
      await daemon.cli(['setting', 'set', 'launch.min_free_mib', mib])
      const { code, out } = await doctor(daemon.home)
      assert.deepEqual([code, finding(out, 'free space')], [mark === 'ok' ? 0 : 1, mark], out)
      assert.match(out, new RegExp(`free space .* ${mib} MiB \\(setting launch.min_free_mib\\)`))
    }
    await daemon.stop()
    assert.match((await doctor(daemon.home)).out, /free space .* 512 MiB \(setting launch.min_free_mib by default\)/)
    await daemon.restart()
  })

  test('reports the cgroup that a launch gets', async (t) => {
    const daemon = await startDaemon(t)
    const repository = await makeRepository()
    await daemon.cli(['setting', 'set', 'workspace.roots', os.tmpdir()])
    const ws = JSON.parse((await daemon.cli(['workspace', 'open', repository])).out)
    const [wt] = JSON.parse((await daemon.cli(['worktree', 'list', ws.id])).out).worktrees
    const agent = JSON.parse((await daemon.cli(['agent', 'create', wt.id, '--adapter', 'terminal', '--command', 'sh', '--command=-c', '--command', 'echo it runs; cat', '--start'])).out)
    const logs = new Program(muster, ['--home', daemon.home, 'logs', '-f', agent.id])
    await logs.waitLine(/^it runs$/)
    await logs.end('SIGINT')
    const note = await readFile(path.join(daemon.home, 'streams', agent.launchId, 'cgroup'), 'utf8').catch(() => undefined)
    const { out } = await doctor(daemon.home)
    assert.equal(finding(out, 'cgroup'), note ? 'ok' : 'note', out)
    if (note) assert.match(out, new RegExp(`below ${path.dirname(note.trim())},`))
    assert.match(out, /^ok +holds +1 alive$/m)
    await daemon.cli(['agent', 'stop', agent.id, '--force'])
  })

  test('names the folder of a launch that is unknown to the store, which Muster keeps', async (t) => {
    const daemon = await startDaemon(t, { home: path.join(await makeFolder('home'), 'a b') })
    const folder = path.join(daemon.home, 'streams', `lch_${'0'.repeat(26)}`)
    await mkdir(folder)
    const { code, out } = await doctor(daemon.home)
    assert.deepEqual([code, finding(out, 'hold')], [0, 'note'], out)
    assert.match(out, new RegExp(`launch of ${folder} is not in the store; Muster keeps the folder.*run \`rm -r '${folder}'\``))
    await daemon.stop()
    const { out: without } = await doctor(daemon.home)
    assert.match(without, /^ok +holds +0 alive$/m)
    await daemon.restart()
  })

  test('reports a daemon that listens but does not answer', { timeout: 60_000 }, async () => {
    const home = await makeFolder('home')
    await chmod(home, 0o700)
    const mute = net.createServer((socket) => socket.on('error', () => socket.destroy()))
    await once(mute.listen(path.join(home, 'sock')), 'listening')
    const { code, out } = await doctor(home)
    mute.close()
    assert.deepEqual([code, finding(out, 'daemon')], [1, 'BAD'], out)
    assert.match(out, /did not answer in time/)
  })

  test('reports a store that does not fit this version', async (t) => {
    const daemon = await startDaemon(t)
    await daemon.stop()
    await runToEnd('sqlite3', [path.join(daemon.home, 'muster.db'), 'ALTER TABLE agent RENAME COLUMN mode TO other'])
    const { code, out } = await doctor(daemon.home)
    assert.equal(code, 1)
    assert.match(out, /^BAD +store +.*muster\.db does not fit this version: .*no column named mode .*; .* starting the daemon migrates it/m)
  })

  test('names what is wrong and what to do', async () => {
    const home = await makeFolder('home')
    await writeFile(path.join(home, 'token'), 'x')
    await chmod(home, 0o755)
    await chmod(path.join(home, 'token'), 0o644)
    const { code, out } = await doctor(home, { PATH: '/nonexistent' })
    assert.equal(code, 1)
    for (const what of ['data folder', 'token', 'git']) assert.equal(finding(out, what), 'BAD', `${what}\n${out}`)
    assert.match(out, /chmod 700/)
    assert.match(out, /chmod 600/)
    assert.match(out, /install git/)
    assert.match(out, /^note +claude +not found on PATH/m)
  })
})

describe('open', () => {
  const OPEN = 'http://127.0.0.1:'
  let daemon, bin, asked
  before(async () => {
    daemon = await Daemon.start()
    bin = await makeFolder('bin')
    asked = path.join(bin, 'asked')
  })
  after(() => daemon.remove())

  /** Runs it with an xdg-open that does `script`, and a display unless `env` says otherwise. */
  async function open(script, env = {}, words = []) {
    await rm(asked, { force: true })
    await writeFile(path.join(bin, 'xdg-open'), `#!/bin/sh\necho "$$ $*" >"${asked}"\n${script}\n`, { mode: 0o755 })
    const places = { PATH: `${bin}:/usr/bin:/bin`, DISPLAY: ':9', WAYLAND_DISPLAY: '', BROWSER: '', ...env }
    const end = await daemon.cli(['open', ...words], { env: places })
    const [, pid, url] = /^(\d+) (.*)\n$/.exec(await readFile(asked, 'utf8').catch(() => '')) ?? []
    return { ...end, pid: Number(pid), url }
  }
  const again = () => `\`${muster} --home ${daemon.home} open --print\``

  test('hands a new address to the browser, and never prints a used one', async () => {
    const { url, out, err } = await open('exit 0')
    assert.ok(url.startsWith(`${daemon.origin}/signin#code=`), url)
    assert.deepEqual([out, err], [`Opened Muster in the browser. If it does not appear, ${again()} prints a URL to open.`, ''])
    const { token } = await daemon.want(200, 'POST', '/api/auth/code', { code: url.split('#code=')[1] }, { token: '' })
    assert.equal(token, daemon.token)
  })

  test('does not wait for a browser that stays in the foreground', async () => {
    const { pid, err } = await open('exec sleep 600')
    assert.equal(err, '')
    process.kill(pid) // fails when it is gone
  })

  test('without a browser prints the address and the reason, and does not fail', async () => {
    const cases = [
      [['exit 3'], /xdg-open exited with code 3; open the URL yourself/],
      [['kill -9 $$'], /xdg-open was killed by signal 9/],
      [['', { DISPLAY: '' }], /no display is available/],
      [['', { PATH: '/nonexistent' }], /the program xdg-open was not found/],
    ]
    for (const [args, pattern] of cases) {
      const { out, err } = await open(...args)
      assert.ok(out.startsWith(OPEN), out)
      assert.match(err, pattern)
    }
  })

  test('leads to what has the id that is named', async () => {
    await daemon.want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
    const { id } = await daemon.want(201, 'POST', '/api/workspaces', { path: await makeRepository() })
    const { url, out } = await open('exit 0', {}, [id])
    assert.ok(url.startsWith(`${daemon.origin}/w/${id}#code=`), url)
    assert.match(out, new RegExp(`open --print ${id}`))
    const printed = await open('exit 0', {}, ['--print', id])
    assert.ok(printed.out.startsWith(`${daemon.origin}/w/${id}#code=`), printed.out)
    for (const [wrong, expected, message] of [
      [`ag_${'0'.repeat(26)}`, 1, `the page shows nothing with the id ag_${'0'.repeat(26)}`],
      ['../x', 2, '`../x` is not an id'],
    ]) {
      const { code, err } = await daemon.cli(['open', '--print', wrong], { code: null })
      assert.deepEqual([code, err], [expected, `muster: ${message}`])
    }
  })

  test('prints only the address if asked to', async () => {
    const { out, err, url } = await open('exit 0', {}, ['--print'])
    assert.ok(out.startsWith(`${daemon.origin}/signin#code=`) && !out.includes('\n'), out)
    assert.deepEqual([err, url], ['', undefined])
  })
})

describe('the start', () => {
  test('a demo has its sample repository open when it prints its address', async (t) => {
    const daemon = await startDaemon(t, { args: ['--demo'], env: await withStandIn() })
    const { workspaces } = await daemon.want(200, 'GET', '/api/workspaces')
    assert.deepEqual(workspaces.map(({ name, worktreeCount }) => [name, worktreeCount]), [['sample', 1]])
  })

  test('the command that it prints works in a shell, whatever the folder is called', async (t) => {
    const home = path.join(await makeFolder("it's $HOME"), 'data folder')
    const daemon = await startDaemon(t, { home })
    const [, command] = /`(.+) open`/.exec(await daemon.program.waitLine(/opens a new one/))
    const shell = async (words) => (await runToEnd('/bin/sh', ['-c', `${command} ${words}`])).out
    assert.ok((await shell('open --print')).startsWith(`${daemon.origin}/signin#code=`))
    assert.equal(JSON.parse(await shell('system')).home, home)
    const { body } = await daemon.api('GET', '/api/workspaces', undefined, { token: '' })
    assert.equal(body.error.message, `a token is required; \`${command} open\` opens a new start URL`)
    await daemon.stop()
    const { err } = await daemon.cli(['agent', 'list'], { code: 1 })
    assert.equal(err, `muster: no daemon is running for the data folder ${home}; start it with \`${command} serve\``)
    await daemon.restart()
  })

  test('is logged with version, home and address, and the end with its reason', async (t) => {
    const daemon = await startDaemon(t)
    const { version } = await daemon.want(200, 'GET', '/api/health')
    const ended = ['SIGTERM', 'SIGINT'].map((signal) => [signal, `stopping: received ${signal}; agents keep running`])
    for (const [signal, text] of ended) {
      await daemon.program.errors.waitFor((line) => line.endsWith(`version ${version} serves ${daemon.home} at ${daemon.origin}/`), { what: 'the start is logged' })
      assert.equal((await daemon.program.end(signal)).code, 0)
      const last = daemon.program.errors.items.slice(-2).map((line) => line.replace(/^\S+ info +serve: /, ''))
      assert.deepEqual(last, [text, 'stopped'])
      await daemon.restart()
    }
  })

  test('that fails is logged if there is a log file', async () => {
    const home = await makeFolder('home')
    const log = path.join(home, 'log')
    const file = path.join(home, 'file')
    await writeFile(file, '')
    const { code } = await run(['serve', '--home', file, '--log-file', log])
    assert.equal(code, 1)
    assert.match(await readFile(log, 'utf8'), /error +serve: the start failed: .*file/)
  })
})

test('a relative path is resolved against the command\'s own folder', async (t) => {
  const daemon = await startDaemon(t)
  const repository = await makeRepository()
  const open = (word, cwd) => daemon.cli(['workspace', 'open', word], { code: null, cwd })
  await daemon.cli(['setting', 'set', 'workspace.roots', os.tmpdir()])
  assert.equal(JSON.parse((await open('.', repository)).out).path, repository)
  assert.match((await open(path.basename(repository), path.dirname(repository))).err, /already open/)
})

test('an output that cannot be written is a failure', async (t) => {
  const daemon = await startDaemon(t)
  const { code, err } = await runToEnd('/bin/sh', ['-c', '"$0" --home "$1" system > /dev/full', muster, daemon.home], { code: null })
  assert.deepEqual([code, err], [1, 'muster: the output could not be written in full'])
})
