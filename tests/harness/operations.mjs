// Every operation once, with a valid input, in an order in which all of them succeed, and its request over REST. An
// operation that is missing here fails the scenarios that walk this list.
import assert from 'node:assert/strict'
import { rename, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { build, checkout, runToEnd } from './program.mjs'
import { Daemon, makeFolder } from './daemon.mjs'
import { Model } from './model.mjs'
import { settledCheckpoints } from './checkpoints.mjs'
import { claudeClis } from './clis.mjs'
import { HostWorld, SAMPLE } from './hosts.mjs'
import { makeSsh } from './remotes.mjs'
import { git, makeSharedRepository, writeFiles } from './repository.mjs'
import { until } from './wait.mjs'

/** No commit: a queue of landings stops before a worktree of which it is expected. */
const SAMPLE_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

/** Shared by the steps: ids from earlier answers. */
const place = (c) => ({ workspaceId: c.workspace.id, worktreeId: c.worktree.id })
const workspace = (c) => ({ workspaceId: c.workspace.id })
const agent = (c) => ({ agentId: c.agent.id })
const clone = (c) => ({ cloneId: c.cloneId })
const attachment = (c) => ({ attachmentId: c.attachmentId })
const eye = (c) => ({ eyeId: c.eyeId })
const recording = (c) => ({ recordingId: c.recordingId })
const nothing = () => ({})
const onHost = (c) => ({ ...workspace(c), remote: 'host' })

/** In an order in which they succeed: [operation, its input, what to keep of its answer]. */
export const steps = [
  ['get_health', nothing],
  ['get_health_live', nothing],
  ['get_health_ready', nothing],
  ['create_start_code', nothing, (c, out) => (c.code = new URL(out.url).hash.replace('#code=', ''))],
  ['redeem_start_code', (c) => ({ code: c.code })],
  ['get_sign_in', nothing],
  ['create_ticket', () => ({ path: '/api/system' })],
  ['get_system', nothing],
  ['list_clis', nothing],
  ['list_holds', nothing],
  ['get_doctor', nothing],
  ['get_storage', nothing],
  ['create_attachment', () => ({ name: 'pixel.png' }), (c, out) => (c.attachmentId = out.id)],
  ['get_attachment', attachment],
  ['get_attachment_content', attachment],
  ['get_metrics', nothing],
  ['get_metrics_prometheus', nothing],
  ['list_settings', nothing],
  ['update_setting', () => ({ name: 'workspace.roots', value: os.tmpdir() })],
  ['reset_setting', () => ({ name: 'max_context_warning' })],
  ['create_workspace', (c) => ({ path: c.repository }), keepWorkspace],
  ['clone_repository', (c) => ({ url: `ssh://git@here.example.org${c.repository}`, path: `${c.repository}-clone` }), beginSilentClone],
  ['cancel_clone', clone, failToClone],
  ['list_clones', nothing, (c, out) => (c.cloneId = out.clones[0].id)],
  ['dismiss_clone', clone],
  ['list_workspaces', nothing],
  ['get_workspace', workspace],
  ['update_workspace', (c) => ({ ...workspace(c), name: 'Renamed' })],
  ['refresh_workspace', workspace],
  ['set_copied_files', (c) => ({ ...workspace(c), patterns: ['.env*'] })],
  ['get_copied_files', workspace],
  [
    'create_worktree',
    (c) => ({ ...workspace(c), name: 'first', branch: 'first', createBranch: true }),
    (c, out) => (c.worktree = out),
  ],
  ['list_worktrees', workspace, (c, out) => (c.worktreeIds = out.worktrees.map((w) => w.id))],
  ['get_worktree', place],
  ['update_worktree', (c) => ({ ...place(c), name: 'renamed' })],
  ['reorder_worktrees', (c) => ({ ...workspace(c), worktreeIds: c.worktreeIds.toReversed() })],
  ['create_script', (c) => ({ ...workspace(c), kind: 'check', name: 'Tests', command: 'exit 0' }), (c, out) => (c.script = out)],
  ['update_script', (c) => ({ ...workspace(c), scriptId: c.script.id, name: 'Tests', command: 'echo out; exit 3' })],
  ['list_scripts', workspace],
  ['run_script', (c) => ({ ...place(c), scriptId: c.script.id }), (c, out) => (c.run = out)],
  ['stop_script', (c) => ({ runId: c.run.id })],
  ['list_checks', place],
  ['list_script_runs', place],
  ['get_script_log', (c) => ({ runId: c.run.id })],
  ['get_proposed_scripts', workspace, (c, out) => (c.proposal = out.digest)],
  ['accept_proposed_scripts', (c) => ({ ...workspace(c), digest: c.proposal })],
  ['delete_script', (c) => ({ ...workspace(c), scriptId: c.script.id })],
  ['reserve_worktree_ports', place],
  ['create_terminal', (c) => ({ worktreeId: c.worktree.id, command: 'cat' }), watchTerminal],
  ['list_terminals', (c) => ({ worktreeId: c.worktree.id })],
  ['get_terminal', (c) => ({ terminalId: c.terminal.id })],
  ['update_terminal', (c) => ({ terminalId: c.terminal.id, name: 'renamed' })],
  ['get_terminal_screen', (c) => ({ launchId: c.terminal.launchId })],
  ['take_terminal', (c) => ({ launchId: c.terminal.launchId, sub: c.terminal.sub })],
  ['close_terminal', (c) => ({ terminalId: c.terminal.id })],
  ['check_synthetic_eye_requirements', nothing],
  ['list_games', nothing],
  ['start_synthetic_eye', () => ({ game: 'sample', config: { width: 320, height: 240, lockstep: true } }), keepEye],
  ['list_synthetic_eyes', nothing],
  ['get_synthetic_eye', eye],
  ['resize_synthetic_eye', (c) => ({ ...eye(c), width: 640, height: 480 })],
  ['test_synthetic_eye_connection', eye],
  ['benchmark_synthetic_eye', (c) => ({ ...eye(c), seconds: 1 })],
  ['film_synthetic_eye', eye],
  ['stop_filming_synthetic_eye', eye],
  ['record_synthetic_eye', eye, (c, out) => (c.recordingId = out.id)],
  ['stop_recording_synthetic_eye', eye, untilRecorded],
  ['list_recordings', eye],
  ['get_recording', recording],
  ['get_recording_content', recording],
  ['replay_recording', recording],
  ['stop_eye_program', eye, untilIdle],
  ['start_eye_program', eye],
  ['restart_synthetic_eye', (c) => ({ ...eye(c), config: { hz: 30 } })],
  ['stop_synthetic_eye', eye],
  ['delete_recording', recording],
  ['delete_synthetic_eye', eye],
  ['get_git_status', place, failOnce],
  ['list_errors', nothing, (c, out) => (c.errorId = out.errors[0].id)],
  ['get_error', (c) => ({ errorId: c.errorId })],
  ['get_error_stats', nothing],
  ['list_intents', nothing],
  ['put_ui_state', () => ({ key: 'page/x', value: { open: true } })],
  ['get_ui_state', () => ({ key: 'page/x' })],
  ['list_ui_states', () => ({ prefix: 'page/' })],
  ['get_place', (c) => ({ id: c.worktree.id })],
  ['get_away_digest', () => ({ after: '2026-01-01T00:00:00Z' })],
  ['list_branches', place],
  ['get_worktree_diff', place],
  ['get_worktree_blob', (c) => ({ ...place(c), path: 'README.md' })],
  ['get_base_branch', workspace],
  ['set_base_branch', (c) => ({ ...workspace(c), branch: 'main' })],
  ['list_files', place],
  ['find_files', (c) => ({ ...place(c), query: 'read' })],
  ['read_file', (c) => ({ ...place(c), path: 'README.md' }), (c, out) => (c.fileDigest = out.digest)],
  ['update_setting', () => ({ name: 'open.file_manager', value: '/bin/true' })],
  ['open_in', (c) => ({ ...place(c), what: 'file_manager' })],
  ['write_file', (c) => ({ ...place(c), path: 'README.md', content: '# Written\n', ifDigest: c.fileDigest })],
  ['stage_changes', (c) => ({ ...place(c), all: true })],
  ['unstage_changes', (c) => ({ ...place(c), all: true })],
  ['discard_changes', (c) => ({ ...place(c), all: true })],
  ['commit_changes', (c) => ({ ...place(c), message: 'A commit', allowEmpty: true }), (c, out) => (c.made = out)],
  ['undo_commit', (c) => ({ ...place(c), commitId: c.made.id, beforeId: c.made.beforeId })],
  ['commit_changes', (c) => ({ ...place(c), message: 'A commit', allowEmpty: true })],
  ['fetch_remote', place],
  ['push_branch', place],
  ['cancel_change', place],
  ['get_host', onHost],
  ['list_pull_requests', onHost],
  ['get_pull_request', (c) => ({ ...onHost(c), number: 8 })],
  ['list_pull_request_checks', (c) => ({ ...onHost(c), number: 8 })],
  ['list_review_comments', (c) => ({ ...onHost(c), number: 8 })],
  ['list_issues', onHost],
  ['get_issue', (c) => ({ ...onHost(c), number: 12 })],
  ['create_worktree_from_issue', (c) => ({ ...onHost(c), number: 12 })],
  ['get_merge_state', place, commitToBase],
  ['merge_base', place, commitToBase],
  ['rebase_worktree', place, commitToRemote],
  ['pull_branch', place],
  ['create_pull_request', (c) => ({ ...place(c), remote: 'host', title: 'A title' })],
  ['get_radar', workspace],
  ['plan_landing', workspace],
  ['list_landable', nothing],
  ['create_comment', (c) => ({ ...place(c), path: 'README.md', side: 'new', line: 1, lineText: '# Sample', body: 'Why?' }), (c, out) => (c.commentId = out.id)],
  ['list_comments', place],
  ['update_comment', (c) => ({ ...place(c), commentId: c.commentId, body: 'Because?' }), leaveLock],
  ['remove_lock', (c) => ({ ...place(c), path: c.lock })],
  ['checkout_branch', (c) => ({ ...place(c), branch: 'second', createBranch: true })],
  ['list_salvages', place, (c, out) => (c.salvageId = out.salvages[0].id)],
  ['list_workspace_salvages', workspace],
  ['get_salvage', (c) => ({ ...place(c), salvageId: c.salvageId })],
  ['restore_salvage', (c) => ({ ...place(c), salvageId: c.salvageId })],
  ['delete_salvages', (c) => ({ ...workspace(c), salvageIds: [c.salvageId] })],
  ['browse_folders', (c) => ({ path: path.dirname(c.repository) })],
  ['create_launch_profile', (c) => ({ ...workspace(c), name: 'Careful', effort: 'low' }), (c, out) => (c.profile = out)],
  ['update_launch_profile', (c) => ({ ...workspace(c), profileId: c.profile.id, name: 'Careful', model: 'opus' })],
  ['reorder_launch_profiles', (c) => ({ ...workspace(c), profileIds: [c.profile.id] })],
  ['list_launch_profiles', workspace],
  ['delete_launch_profile', (c) => ({ ...workspace(c), profileId: c.profile.id })],
  ['create_agent', (c) => ({ worktreeId: c.worktree.id, name: 'worker' }), (c, out) => (c.agent = out)],
  ['list_agents', (c) => ({ worktreeId: c.worktree.id })],
  ['get_overview', workspace],
  ['get_agent', agent],
  ['update_agent', (c) => ({ ...agent(c), name: 'renamed' })],
  ['reorder_agents', (c) => ({ worktreeId: c.worktree.id, agentIds: [c.agent.id] })],
  ['get_agent_status', agent],
  ['get_agent_evidence', agent],
  ['list_agent_sessions', agent],
  ['fork_agent', agent],
  ['send_message_to_agent', (c) => ({ ...agent(c), content: '@@hello' }), (c, out) => (c.messageId = out.messageId)],
  ['get_agent_messages', agent],
  ['list_doubtful_messages', agent],
  ['list_turns', agent],
  ['find_in_messages', (c) => ({ ...agent(c), q: 'hello' })],
  ['get_message', (c) => ({ ...agent(c), messageId: c.messageId })],
  ['update_message', (c) => ({ ...agent(c), messageId: c.messageId, content: '@@think' })],
  ['reorder_messages', (c) => ({ ...agent(c), messageIds: [c.messageId] })],
  ['send_message_now', (c) => ({ ...agent(c), messageId: c.messageId })],
  ['list_commands', agent],
  ['withdraw_message', (c) => ({ ...agent(c), messageId: c.messageId })],
  ['create_rule', () => ({ decision: 'deny', command: 'rm -rf **' }), (c, out) => (c.rule = out)],
  ['list_rules', nothing],
  ['update_rule', (c) => ({ ruleId: c.rule.id, decision: 'deny', tool: 'Bash', note: 'Not here' })],
  ['reorder_rules', (c) => ({ ruleIds: [c.rule.id] })],
  ['try_rule', () => ({ decision: 'allow', command: 'npm run *' })],
  ['apply_rule', (c) => ({ ruleId: c.rule.id })],
  ['delete_rule', (c) => ({ ruleId: c.rule.id })],
  ['start_agent', (c) => ({ ...agent(c), initialPrompt: '@@ask' }), waitForAsk],
  ['list_asks', nothing, (c, out) => (c.askId = out.asks[0].id)],
  ['get_ask', (c) => ({ askId: c.askId })],
  ['answer_ask', (c) => ({ askId: c.askId, decision: 'deny', message: 'Not now' }), waitForRest],
  ['send_message_to_agent', (c) => ({ ...agent(c), content: '@@slow' }), waitForTurn],
  ['interrupt_agent', agent, waitForRest],
  ['stop_agent', agent],
  ['list_checkpoints', place, takeCheckpoint],
  ['get_checkpoint', (c) => ({ ...place(c), checkpointId: c.checkpointId })],
  ['restore_checkpoint', (c) => ({ ...place(c), checkpointId: c.checkpointId })],
  ['resume_agent', agent],
  ['stop_all_agents', () => ({ force: true })],
  ['send_comments', (c) => ({ ...place(c), ...agent(c) })],
  ['send_review_comments', (c) => ({ ...place(c), ...agent(c), remote: 'host', number: 8 })],
  ['delete_comment', (c) => ({ ...place(c), commentId: c.commentId })],
  ['restore_comment', (c) => ({ ...place(c), commentId: c.commentId })],
  ['squash_worktree', (c) => ({ ...place(c), message: 'All of it' })],
  ['land_worktrees', (c) => ({ ...workspace(c), worktrees: [{ worktreeId: c.worktree.id, headId: SAMPLE_TREE, how: 'squash', message: 'Not what was seen' }] })],
  ['cancel_land_queue', workspace],
  ['get_land_queue', workspace, untilQueueEnds],
  ['land_worktree', (c) => ({ ...place(c), how: 'merge' })],
  ['list_landings', workspace],
  ['undo_merge', place, makeConflict],
  ['hand_over_conflicts', (c) => ({ ...place(c), ...agent(c) })],
  ['abort_merge', place, makeResolved],
  ['continue_merge', place],
  ['delete_agent', (c) => ({ ...agent(c), archive: true })],
  ['list_archived_agents', nothing],
  ['restore_agent', agent],
  ['delete_worktree', (c) => ({ ...place(c), force: true })],
  ['list_trash', nothing],
  ['restore_worktree', place],
  ['delete_worktree', (c) => ({ ...place(c), force: true })],
  ['list_trash', nothing, (c, out) => (c.trashId = out.entries[0].id)],
  ['restore_trash', (c) => ({ trashId: c.trashId })],
  ['empty_trash', () => ({ trashIds: [], olderThanDays: 36500 })],
  ['get_usage', nothing],
  ['get_usage_today', nothing],
  ['get_usage_history', nothing],
  ['get_usage_limits', nothing],
  ['start_demo', nothing, moveRepository],
  ['relocate_workspace', (c) => ({ ...workspace(c), path: c.repository })],
  ['delete_workspace', workspace],
  ['delete_attachment', attachment],
]

/** Its repository proposes scripts, in a file that git does not see. */
async function keepWorkspace(c, out) {
  c.workspace = out
  await writeFiles(c.repository, { '.git/info/exclude': '.muster\n', '.muster/scripts.json': '{"scripts":[]}' })
}

const never = (c) => `${c.repository}-never`
const cloneTo = (c, host) => c.live.call('clone_repository', { url: `git@${host}.example.org:nowhere`, path: never(c) }).catch(() => {})

/** One that waits for its remote. The one that is done is closed and removed. */
async function beginSilentClone(c, { id, path: folder }) {
  await c.live.call('delete_workspace', { workspaceId: id })
  await rm(folder, { recursive: true })
  const overview = await c.live.subscribe('overview/org_00000000000000000000000000')
  void cloneTo(c, 'silent')
  c.cloneId = (await overview.waitFor('clone_changed', ({ path: to, tail }) => to === never(c) && tail !== '')).payload.id
  c.overview = overview
}

async function failToClone(c) {
  await c.overview.waitFor('clone_changed', ({ id, state }) => id === c.cloneId && state === 'cancelled')
  await cloneTo(c, 'refuses')
}

/** Its program runs, and draws nothing. */
async function keepEye(c, { id }) {
  c.eyeId = id
  c.eyes = await c.live.subscribe('eyes/org_00000000000000000000000000')
  await c.eyes.waitFor('eye_changed', (row) => row.id === id && row.program?.event === 'started')
}

async function untilIdle(c) {
  await c.eyes.waitFor('eye_changed', ({ id, state }) => id === c.eyeId && state === 'idle')
}

async function untilRecorded(c) {
  await c.eyes.waitFor('recording_changed', ({ id, state }) => id === c.recordingId && state !== 'recording')
}

/** A program of an agent fails, so that there is a report. */
async function failOnce(c) {
  const { body } = await c.live.call('create_agent', { worktreeId: c.worktree.id, adapter: 'terminal', command: ['false'] })
  const topic = await c.live.subscribe(`agent/${body.id}`)
  await c.live.call('start_agent', { agentId: body.id })
  await topic.waitFor('status', ({ status }) => status === 'error')
  await c.live.call('delete_agent', { agentId: body.id, archive: false })
}

/** By hand. */
async function moveRepository(c) {
  await rename(c.repository, `${c.repository}-moved`)
  c.repository = `${c.repository}-moved`
  await git(c.repository, 'worktree', 'repair')
}

/** As a git that was killed does. */
async function leaveLock(c) {
  c.lock = (await git(c.worktree.path, 'rev-parse', '--path-format=absolute', '--git-path', 'index.lock')).trim()
  await writeFile(c.lock, '')
}

async function commitToBase({ repository }) {
  await git(repository, 'commit', '--quiet', '--allow-empty', '--message=base')
}

async function commitToRemote({ worktree: { path: folder } }) {
  const id = (await git(folder, 'commit-tree', '-p', 'HEAD', '-m', 'remote', 'HEAD^{tree}')).trim()
  await git(folder, 'push', '--quiet', '--force', 'origin', `${id}:first`)
}

async function untilQueueEnds({ daemon, workspace: { id } }) {
  await until(async () => (await daemon.want(200, 'GET', `/api/workspaces/${id}/land-queue`)).queue.endedAt, 'the queue of landings ends')
}

/** A merge that stops at a conflict. */
async function makeConflict({ worktree: { path: folder } }) {
  await git(folder, 'switch', '--quiet', '--create', 'rival', 'main')
  for (const branch of ['rival', 'second']) {
    await git(folder, 'switch', '--quiet', branch)
    await writeFiles(folder, { 'rivals.txt': `${branch}\n` })
    await git(folder, 'add', '--all')
    await git(folder, 'commit', '--quiet', `--message=${branch}`)
  }
  await git(folder, 'merge', 'rival').catch(() => {})
}

async function makeResolved({ worktree: { path: folder } }) {
  await git(folder, 'merge', 'rival').catch(() => {})
  await writeFiles(folder, { 'rivals.txt': 'both\n' })
  await git(folder, 'add', '--all')
}

async function takeCheckpoint(c) {
  const want = (status, method, route) => c.live.call('list_checkpoints', place(c)).then(({ body }) => body)
  const rows = await settledCheckpoints(want, c.worktree)
  c.checkpointId = rows.find(({ state }) => state === 'taken').id
}

/** A size is taken over by a viewer, which is on a socket. */
async function watchTerminal(c, out) {
  const { sub } = await c.live.request({ type: 'subscribe', topic: `terminal/${out.launchId}`, screen: true })
  c.terminal = { ...out, sub }
}

async function waitForAsk(c) {
  c.topic = await c.live.subscribe(`agent/${c.agent.id}`)
  await c.topic.waitFor('ask')
}

async function waitForTurn(c, { messageId: sent }) {
  await c.topic.waitFor('message', ({ messageId, state }) => messageId === sent && state === 'sent')
}

/** Waits until the next turn is over: its results, including messages, arrive whenever the CLI sends them. */
async function waitForRest(c) {
  const end = await c.topic.waitFor('turn_end', () => true, { after: c.lastTurn })
  c.lastTurn = end.seq
  await c.topic.waitFor('status', ({ status }) => status === 'finished', { after: end.seq })
}

/** What the steps keep, as if they had run, of rows with these ids; an id that is not given names no row. */
export function contextOf({ repository = '/nowhere', digest = '0'.repeat(64), ...ids }) {
  const id = (name, prefix) => ids[name] ?? `${prefix}_${'0'.repeat(26)}`
  return {
    workspace: { id: id('workspaceId', 'ws') }, worktree: { id: id('worktreeId', 'wt') }, agent: { id: id('agentId', 'ag') },
    script: { id: id('scriptId', 'scr') }, run: { id: id('runId', 'srn') }, profile: { id: id('profileId', 'lpr') },
    terminal: { id: id('terminalId', 'trm'), launchId: id('launchId', 'lch'), sub: 1 }, rule: { id: id('ruleId', 'rul') },
    worktreeIds: [id('worktreeId', 'wt')], messageId: id('messageId', 'msg'), askId: id('askId', 'ask'), salvageId: id('salvageId', 'slv'), attachmentId: id('attachmentId', 'att'), checkpointId: id('checkpointId', 'ckp'),
    trashId: id('trashId', 'trs'), cloneId: id('cloneId', 'cln'), commentId: id('commentId', 'cmt'), errorId: id('errorId', 'err'), proposal: digest, fileDigest: digest, made: { id: '0'.repeat(40), beforeId: '0'.repeat(40) },
    eyeId: id('eyeId', 'eye'), recordingId: id('recordingId', 'rec'), repository, lock: `${repository}/.git/index.lock`, code: 'none',
  }
}

/** Each operation once, with an input that names the rows of such a context: [{op, input}]. */
export async function calls(context) {
  const operations = await operationsByName()
  const inputs = new Map(steps.map(([name, makeInput]) => [name, makeInput]))
  return [...operations.values()].map((op) => ({ op, input: (inputs.get(op.name) ?? assert.fail(`no step for ${op.name}`))(context) }))
}

/** muster-gen's description of each operation: {name, method, path, from, writes, audited, effects, public, agentMay, cases, bounds}, by name. */
export async function operationsByName() {
  const { out } = await runToEnd(path.join(build, 'bin/muster-gen'), ['--bad-cases'])
  return new Map(JSON.parse(out).operations.map((op) => [op.name, op]))
}

/** A picture of one grey pixel: the file of the operations whose body is one. */
export const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==', 'base64')

/** Over the socket, or over REST where that alone can carry it: {status, body, cursors}. */
export function callAnyhow(c, op, input, { key } = {}) {
  if (!op.overRest) return c.live.call(op.name, input, key ? { key } : {})
  return c.daemon.api(op.method, addressOf(op, input), bodyOf(op, input), { key })
}

export const placeOf = (op, at) => op.from[at] ?? (op.method === 'GET' ? 'query' : 'body')

export function addressOf(op, input) {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(input)) {
    if (placeOf(op, name) !== 'query') continue
    for (const one of [value].flat()) query.append(name, String(one))
  }
  const route = op.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(input[name])))
  return query.size ? `${route}?${query}` : route
}

export function bodyOf(op, input) {
  if (op.method === 'GET') return undefined
  if (op.takesFile) return PIXEL
  return Object.fromEntries(Object.entries(input).filter(([name]) => placeOf(op, name) === 'body'))
}

/** A daemon, in that home, whose agents talk to the scripted model, a socket to it, and a repository in that folder. */
export async function startAll({ home, folder } = {}) {
  const model = await Model.start(path.join(checkout, 'tests/model/scenarios.json'))
  const hosts = await makeFolder('hosts')
  const world = await HostWorld.make(hosts, path.join(hosts, 'bin'))
  await world.set(structuredClone(SAMPLE))
  await makeSsh(world.bin)
  await writeFile(path.join(world.bin, 'ffmpeg'), '#!/bin/sh\nexec cat >/dev/null\n', { mode: 0o755 })
  const config = path.join(hosts, 'config')
  await writeFiles(config, { 'muster/games/sample.yaml': 'name: Sample\ncommand: [sleep, "1000"]\nroute: wayland\n' })
  const daemon = await Daemon.start({ home, env: { ...model.env, PATH: `${world.bin}:${process.env.PATH}`, XDG_CONFIG_HOME: config } })
  await daemon.want(200, 'PUT', '/api/settings/agent.claude_path', { value: claudeClis()[0].file })
  const repository = await makeSharedRepository(undefined, folder)
  await world.addRemote(repository)
  return { model, daemon, live: await daemon.connect(), repository }
}
