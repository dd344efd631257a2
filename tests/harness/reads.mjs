// Every operation that reads, with a request that it answers: generated from the description of the operations, so that
// a later one is read too, or fails for want of an id.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { HostWorld, SAMPLE } from './hosts.mjs'
import { PIXEL } from './operations.mjs'
import { checkout } from './program.mjs'
import { writeFiles } from './repository.mjs'
import { until } from './wait.mjs'

/** What some cannot do without. */
const QUERIES = { read_file: '?path=README.md', find_files: '?query=read', get_ui_state: '?key=page/x', get_away_digest: '?after=2026-01-01T00:00:00Z', get_worktree_blob: '?path=README.md', get_place: '?id={worktreeId}' }

/** Of a pull request and of an issue. */
const NUMBER = 8

/** At a site: one of everything that can be read. {ids by their names on the wire, the agent}; the agent is at work. */
export async function makeReadable(site) {
  const agent = await site.agent({ name: 'Readable' })
  const ws = `/api/workspaces/${site.workspace.id}`
  const worktree = `${ws}/worktrees/${agent.worktree.id}`
  await site.want(200, 'POST', `${worktree}/checkout`, { branch: 'other', createBranch: true })
  const { salvages } = await site.want(200, 'GET', `${worktree}/salvages`)
  await agent.start('Begin. @@full')
  const { askId } = await agent.follower.waitFor('ask', ({ tool }) => tool === 'Write')
  const { messages } = await site.want(200, 'GET', `${agent.route}/messages`)
  const { checkpoints } = await site.want(200, 'GET', `${worktree}/checkpoints`)
  const script = await site.want(201, 'POST', `${ws}/scripts`, { kind: 'check', name: 'Tests', command: 'exit 0' })
  const run = await site.want(201, 'POST', `${worktree}/scripts/${script.id}/run`)
  const terminal = await site.want(201, 'POST', '/api/terminals', { worktreeId: agent.worktree.id, command: 'true' })
  const { HOME, PATH } = site.daemon.options.env
  const world = await HostWorld.make(path.join(HOME, 'world'), PATH.split(':')[0])
  await world.set({ ...SAMPLE, issues: [{ number: NUMBER, title: 'An issue', author: 'carol', state: 'open' }] })
  await world.adopt(site.repository)
  const attachment = await site.want(201, 'POST', '/api/attachments', PIXEL)
  const { eyeId, recordingId } = await makeRecording(site)
  const ids = {
    eyeId, recordingId,
    attachmentId: attachment.id,
    terminalId: terminal.id, launchId: terminal.launchId,
    runId: run.id, agentId: agent.id, askId, messageId: messages[0].id, worktreeId: agent.worktree.id, workspaceId: site.workspace.id,
    salvageId: salvages[0].id, scriptId: script.id, checkpointId: checkpoints[0].id,
  }
  return { agent, ids }
}

/** An eye that has stopped, and what was recorded of it. */
async function makeRecording(site) {
  await writeFiles(site.daemon.options.env.XDG_CONFIG_HOME, { 'muster/games/sample.yaml': 'name: Sample\ncommand: [sleep, "1000"]\nroute: wayland\n' })
  const { id: eyeId } = await site.want(201, 'POST', '/api/eyes', { game: 'sample' })
  await until(async () => (await site.want(200, 'GET', `/api/eyes/${eyeId}`)).program?.event === 'started', 'the program of the eye runs')
  const { id: recordingId } = await site.want(201, 'POST', `/api/eyes/${eyeId}/recording`)
  await site.want(200, 'DELETE', `/api/eyes/${eyeId}/recording`)
  await until(async () => (await site.want(200, 'GET', `/api/recordings/${recordingId}`)).state !== 'recording', 'the recording has ended')
  await site.want(200, 'POST', `/api/eyes/${eyeId}/stop`)
  return { eyeId, recordingId }
}

/** [{name, route, at: ids => its address}] */
export async function reads() {
  const { paths } = JSON.parse(await readFile(path.join(checkout, 'openapi.json'), 'utf8'))
  const all = Object.entries(paths).flatMap(([route, { get }]) => (get ? [{ route, name: get.operationId }] : []))
  assert.ok(all.filter(({ name }) => name.startsWith('list_')).length >= 8)
  const fill = (route, ids) => route.replace(/\{(\w+)\}/g, (_, id) => ids[id] ?? (id === 'number' ? NUMBER : undefined) ?? assert.fail(`no ${id} for ${route}`))
  return all.map(({ name, route }) => ({ name, route, at: (ids) => fill(route + (QUERIES[name] ?? ''), ids) }))
}
