// The daemon dies at every crash point and comes back. Each job continues to its end across the crash: whatever was asked
// for happens exactly once, and nothing is lost.
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { checkpointsRoute, settledCheckpoints } from '../harness/checkpoints.mjs'
import { crashPoints } from '../harness/crash.mjs'
import { HostWorld } from '../harness/hosts.mjs'
import { operationsByName, PIXEL } from '../harness/operations.mjs'
import { rows, sameAsDerivedAgain, worktreesAgree } from '../harness/recovery.mjs'
import { makeSsh } from '../harness/remotes.mjs'
import { git } from '../harness/repository.mjs'
import { Site } from '../harness/site.mjs'
import { until } from '../harness/wait.mjs'

const PRECIOUS = 'every byte\n'
let site, world

const sha256 = (text) => createHash('sha256').update(text).digest('hex')
const worktreesRoute = () => `/api/workspaces/${site.workspace.id}/worktrees`
const copiedRoute = () => `/api/workspaces/${site.workspace.id}/copied-files`
const precious = (worktree) => path.join(worktree.path, 'precious')

async function keptWorktree(name) {
  const worktree = await site.worktree(name)
  await writeFile(precious(worktree), PRECIOUS)
  return worktree
}

/* A job: the setup, what is done while the daemon may die, and what must be true afterwards. */

const createWorktree = {
  act: (_, name) => site.worktree(name),
  async verify(made, name) {
    const named = (await worktreesAgree(site.daemon, site.workspace, site.repository)).filter((row) => row.branch === name)
    assert.deepEqual(named.map(({ id }) => id), [made.id])
  },
}

/** A clone is there whole or not at all, and the same call makes it when the daemon is back. */
const cloneRepository = {
  act: (_, name) => site.want(201, 'POST', '/api/clones', { url: `ssh://git@here.example.org${site.repository}`, path: `${site.repository}-${name}` }),
  async verify(made, name) {
    const folder = `${site.repository}-${name}`
    const { workspaces } = await site.want(200, 'GET', '/api/workspaces')
    assert.deepEqual(workspaces.filter((row) => row.path === folder).map(({ id }) => id), [made.id])
    assert.equal(await git(folder, 'rev-parse', 'HEAD'), await git(site.repository, 'rev-parse', 'HEAD'))
    assert.equal(await git(folder, 'status', '--porcelain'), '')
    assert.deepEqual((await readdir(path.dirname(folder))).filter((one) => one.startsWith('.muster-clone-')), [])
    assert.deepEqual((await site.want(200, 'GET', '/api/clones')).clones, [])
    await site.want(204, 'DELETE', `/api/workspaces/${made.id}`)
  },
}

/** A copy that is cut off leaves nothing, and is made again. */
const copyFiles = {
  async prepare() {
    await appendFile(path.join(site.repository, '.git/info/exclude'), '/copied\n')
    await writeFile(path.join(site.repository, 'copied'), PRECIOUS)
    await site.want(200, 'PUT', copiedRoute(), { patterns: ['copied'] })
  },
  act: createWorktree.act,
  async verify(made, name) {
    await createWorktree.verify(made, name)
    assert.equal(await readFile(path.join(made.path, 'copied'), 'utf8'), PRECIOUS)
    assert.equal(await git(made.path, 'status', '--porcelain'), '')
    await site.want(200, 'PUT', copiedRoute(), { patterns: [] })
  },
}

const removeWorktree = {
  prepare: keptWorktree,
  act: (worktree) => site.want(204, 'DELETE', `${worktreesRoute()}/${worktree.id}?force=true`),
  async verify(_, name, worktree) {
    const rows = await worktreesAgree(site.daemon, site.workspace, site.repository)
    assert.ok(!rows.some(({ id }) => id === worktree.id))
    await site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/restore`)
    assert.equal(await readFile(precious(worktree), 'utf8'), PRECIOUS)
    await worktreesAgree(site.daemon, site.workspace, site.repository)
  },
}

const restoreWorktree = {
  async prepare(name) {
    const worktree = await keptWorktree(name)
    await removeWorktree.act(worktree)
    return worktree
  },
  act: (worktree) => site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/restore`),
  async verify(back, name, worktree) {
    assert.deepEqual([back.id, back.branch, back.path], [worktree.id, name, worktree.path])
    assert.equal(await readFile(precious(worktree), 'utf8'), PRECIOUS)
    const rows = await worktreesAgree(site.daemon, site.workspace, site.repository)
    assert.equal(rows.filter(({ id }) => id === worktree.id).length, 1)
  },
}

/** A branch that is made by the switch: done twice it would exist already. */
const switchBranch = {
  prepare: (name) => site.worktree(name),
  act: (worktree, name) => site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/checkout`, { branch: `${name}_new`, createBranch: true }),
  async verify(switched, name, worktree) {
    assert.deepEqual([switched.id, switched.branch], [worktree.id, `${name}_new`])
    const rows = await worktreesAgree(site.daemon, site.workspace, site.repository)
    assert.equal(rows.find(({ id }) => id === worktree.id).branch, `${name}_new`)
  },
}

/** Made twice, it would be two commits. */
const commitChanges = {
  prepare: keptWorktree,
  async act(worktree, name) {
    await site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/stage`, { all: true })
    return site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/commit`, { message: name })
  },
  async verify(made, name, worktree) {
    const log = await git(worktree.path, 'log', '--format=%H %s', 'main..HEAD')
    assert.equal(log, `${made.id} ${name}`)
  },
}

/** Everything that the worktree holds now, for the salvage and for the restore. */
const restoreSalvage = {
  async prepare(name) {
    const worktree = await keptWorktree(name)
    await git(worktree.path, 'add', 'precious')
    await git(worktree.path, 'commit', '-qm', name)
    await site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/checkout`, { branch: `${name}_other`, createBranch: true })
    await writeFile(precious(worktree), 'edited\n')
    const { salvages } = await site.want(200, 'GET', `${worktreesRoute()}/${worktree.id}/salvages`)
    return { ...worktree, salvage: salvages[0].id }
  },
  act: (worktree) => site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/salvages/${worktree.salvage}/restore`),
  async verify({ before }, name, worktree) {
    assert.equal(await readFile(precious(worktree), 'utf8'), PRECIOUS)
    const rows = await worktreesAgree(site.daemon, site.workspace, site.repository)
    assert.equal(rows.find(({ id }) => id === worktree.id).branch, name)
    const edited = await site.want(200, 'GET', `${worktreesRoute()}/${worktree.id}/salvages`)
    assert.ok(edited.salvages.some(({ id }) => id === before.id))
    assert.equal(await git(worktree.path, 'show', `${before.commit}:files/precious`), 'edited')
  },
}

/** Of two salvages the one that was named is deleted, and the other stays. */
const deleteSalvages = {
  async prepare(name) {
    const worktree = await restoreSalvage.prepare(name)
    await site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/discard`, { files: ['precious'] })
    return worktree
  },
  act: ({ salvage }) => site.want(200, 'POST', `/api/workspaces/${site.workspace.id}/salvages/delete`, { salvageIds: [salvage] }),
  async verify(done, _, worktree) {
    assert.deepEqual([done.deleted, done.kept], [[worktree.salvage], []])
    const { salvages } = await site.want(200, 'GET', `${worktreesRoute()}/${worktree.id}/salvages`)
    assert.deepEqual(salvages.map(({ act, id }) => [act, id === worktree.salvage]), [['discard_changes', false]])
  },
}

/** A turn leaves a checkpoint, which is restored over what was written since. */
const restoreCheckpoint = {
  async prepare() {
    const agent = await site.agent()
    await writeFile(precious(agent.worktree), PRECIOUS)
    return agent
  },
  async act(agent, name) {
    const want = (...call) => site.want(...call)
    await agent.start(`Begin. @@short#${name}`)
    await agent.follower.waitFor('turn_end')
    const [{ id }] = await settledCheckpoints(want, agent.worktree, ([newest]) => newest?.kind === 'turn_end')
    await writeFile(precious(agent.worktree), 'edited\n')
    return want(200, 'POST', `${checkpointsRoute(agent.worktree)}/${id}/restore`)
  },
  async verify({ before, checkpoint }, name, agent) {
    assert.deepEqual([checkpoint.kind, checkpoint.turn, checkpoint.isLate], ['turn_end', 0, false])
    assert.equal(await readFile(precious(agent.worktree), 'utf8'), PRECIOUS)
    assert.equal(await git(agent.worktree.path, 'show', `${before.commit}:files/precious`), 'edited')
    await agent.stop()
    await site.drop(agent.follower)
  },
}

/** A fork with the files of a checkpoint: in a worktree that is made for it, or over what another one has. */
const forkCheckpoint = (isNew) => ({
  prepare: restoreCheckpoint.prepare,
  async act(agent, name) {
    const want = (...call) => site.want(...call)
    const other = isNew ? undefined : await keptWorktree(`${name}_into`)
    if (other) await writeFile(precious(other), 'edited\n')
    await agent.start(`Begin. @@short#${name}`)
    await agent.follower.waitFor('turn_end')
    const [{ id }] = await settledCheckpoints(want, agent.worktree, ([newest]) => newest?.kind === 'turn_end')
    const where = other ? { worktreeId: other.id } : { branch: `${name}_new` }
    return want(201, 'POST', `/api/agents/${agent.id}/fork`, { checkpointId: id, ...where })
  },
  async verify({ id, worktreeId, parentAgentId, forkedSession, before }, name, agent) {
    const rows = await worktreesAgree(site.daemon, site.workspace, site.repository)
    const worktree = rows.find((row) => row.id === worktreeId)
    assert.deepEqual([parentAgentId, forkedSession], [agent.id, 'whole'])
    assert.equal(worktree.branch, isNew ? `${name}_new` : `${name}_into`)
    assert.equal(await readFile(precious(worktree), 'utf8'), PRECIOUS)
    const { agents } = await site.want(200, 'GET', `/api/agents?worktreeId=${worktreeId}`)
    assert.deepEqual(agents.map((one) => one.id), [id])
    assert.equal(before === undefined, isNew)
    const { salvages } = await site.want(200, 'GET', `${worktreesRoute()}/${worktreeId}/salvages`)
    const kept = await Promise.all(salvages.map(({ commit }) => git(worktree.path, 'ls-tree', '-r', '--name-only', commit)))
    if (!isNew) assert.ok(kept.some((names) => names.includes('files/precious')))
    await agent.stop()
    await site.drop(agent.follower)
  },
})

/** One entry is deleted for good, another one beside it is not. */
const emptyTrash = {
  async prepare(name) {
    const [worktree, other] = [await keptWorktree(name), await keptWorktree(`${name}_kept`)]
    for (const one of [worktree, other]) await removeWorktree.act(one)
    const { entries } = await site.want(200, 'GET', '/api/trash')
    return { entry: entries.find(({ worktreeId }) => worktreeId === worktree.id), other }
  },
  act: ({ entry }) => site.want(200, 'POST', '/api/trash/empty', { trashIds: [entry.id] }),
  async verify({ deleted, kept }, name, { entry, other }) {
    assert.deepEqual([deleted, kept], [[entry.id], []])
    const { entries } = await site.want(200, 'GET', '/api/trash')
    assert.ok(!entries.some(({ id }) => id === entry.id))
    await assert.rejects(readFile(`${entry.place}/precious`))
    await assert.rejects(readFile(`${entry.place}.deleting/precious`))
    await site.want(200, 'POST', `${worktreesRoute()}/${other.id}/restore`)
    assert.equal(await readFile(precious(other), 'utf8'), PRECIOUS)
    await worktreesAgree(site.daemon, site.workspace, site.repository)
  },
}

/** A worktree whose branch and main have each a commit of their own. */
async function apart(name) {
  const worktree = await keptWorktree(name)
  const own = async (folder, file) => {
    await writeFile(path.join(folder, file), PRECIOUS)
    await git(folder, 'add', file)
    await git(folder, 'commit', '--quiet', `--message=${file}`)
  }
  await own(worktree.path, `${name}.own`)
  await own(site.repository, `${name}.base`)
  return worktree
}

/** The second merge finds nothing to do; twice is once. */
const mergeBase = {
  prepare: apart,
  act: (worktree) => site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/merge`, {}),
  async verify(state, name, worktree) {
    const head = await git(worktree.path, 'rev-parse', 'HEAD')
    assert.deepEqual([state.inProgress, state.head, state.conflictCount], ['none', head, 0])
    assert.equal(await git(worktree.path, 'rev-list', '--merges', '--count', `HEAD`), '1')
    assert.equal(await readFile(precious(worktree), 'utf8'), PRECIOUS)
  },
}

const landWorktree = {
  async prepare(name) {
    const worktree = await apart(name)
    await mergeBase.act(worktree)
    return worktree
  },
  act: (worktree, name) => site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/land`, { how: 'squash', message: name }),
  async verify(landing, name, worktree) {
    assert.equal(await git(site.repository, 'log', '-1', '--format=%H %s', 'main'), `${landing.toId} ${name}`)
    assert.equal(await git(site.repository, 'rev-parse', 'main~1'), landing.fromId)
    assert.equal(await git(site.repository, 'status', '--porcelain'), '')
  },
}

/** Landed twice, there would be a second commit, or the queue would stop with nothing to land. */
const landQueue = {
  async prepare(name) {
    const worktrees = [await landWorktree.prepare(`${name}_a`), await landWorktree.prepare(`${name}_b`)]
    return { worktrees, was: await git(site.repository, 'rev-parse', 'main') }
  },
  async act({ worktrees }, name) {
    const route = `/api/workspaces/${site.workspace.id}/land-queue`
    const { id } = await site.want(202, 'POST', route, { worktrees: worktrees.map((worktree) => ({ worktreeId: worktree.id, how: 'squash', message: name })) })
    let queue
    await until(async () => (queue = (await site.want(200, 'GET', route)).queue).endedAt, 'the queue ends')
    assert.equal(queue.id, id)
    return queue
  },
  async verify(queue, name, { was }) {
    assert.deepEqual([queue.state, ...queue.rows.map(({ state }) => state)], ['landed', 'landed', 'landed'])
    const landed = (await git(site.repository, 'log', '--first-parent', '--reverse', '--format=%H %s', `${was}..main`)).trim().split('\n')
    assert.deepEqual(landed, queue.rows.map(({ toId }) => `${toId} ${name}`))
  },
}

/** Undone twice, the landing before it would be undone too. */
const undoMerge = {
  async prepare(name) {
    const worktree = await landWorktree.prepare(name)
    await landWorktree.act(worktree, name)
    return { ...worktree, landed: await git(site.repository, 'rev-parse', 'main~1') }
  },
  act: (worktree) => site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/land/undo`),
  async verify(undone, name, worktree) {
    assert.deepEqual([undone.fromId, await git(site.repository, 'rev-parse', 'main')], [worktree.landed, worktree.landed])
    assert.equal(await git(site.repository, 'status', '--porcelain'), '')
    assert.equal(await git(worktree.path, 'status', '--porcelain'), '?? precious')
    await site.want(409, 'POST', `${worktreesRoute()}/${worktree.id}/land/undo`)
  },
}

const rebaseWorktree = {
  prepare: apart,
  act: (worktree) => site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/rebase`, {}),
  async verify(state, name, worktree) {
    assert.deepEqual([state.inProgress, state.head], ['none', await git(worktree.path, 'rev-parse', 'HEAD')])
    assert.equal(await git(worktree.path, 'log', '--format=%s', 'main..HEAD'), `${name}.own`)
    assert.equal(await readFile(precious(worktree), 'utf8'), PRECIOUS)
  },
}

const squashWorktree = {
  async prepare(name) {
    const worktree = await apart(name)
    await writeFile(path.join(worktree.path, `${name}.own`), 'more\n')
    await git(worktree.path, 'commit', '--quiet', '--all', '--message=second')
    return worktree
  },
  act: (worktree, name) => site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/squash`, { message: name }),
  async verify(state, name, worktree) {
    assert.equal(await git(worktree.path, 'log', '--format=%H %s', 'main..HEAD'), `${state.head} ${name}`)
    assert.equal(await git(worktree.path, 'show', `HEAD:${name}.own`), 'more')
    assert.equal(await git(worktree.path, 'status', '--porcelain'), '?? precious')
  },
}

/** A merge in conflict, and a file that was edited in it. */
const abortMerge = {
  async prepare(name) {
    const worktree = await apart(name)
    await writeFile(path.join(worktree.path, `${name}.base`), 'other\n')
    await git(worktree.path, 'add', `${name}.base`)
    await git(worktree.path, 'commit', '--quiet', '--message=other')
    const state = await mergeBase.act(worktree)
    assert.equal(state.inProgress, 'merge')
    await writeFile(path.join(worktree.path, `${name}.base`), 'half resolved\n')
    return { ...worktree, head: state.head }
  },
  act: (worktree) => site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/merge/abort`, {}),
  async verify(state, name, worktree) {
    assert.deepEqual([state.inProgress, state.head, state.conflictCount], ['none', worktree.head, 0])
    assert.equal(await git(worktree.path, 'status', '--porcelain'), '?? precious')
    const { salvages } = await site.want(200, 'GET', `${worktreesRoute()}/${worktree.id}/salvages`)
    const found = await Promise.all(salvages.map(({ act, commit }) => (act === 'abort_merge' ? git(worktree.path, 'show', `${commit}:files/${name}.base`) : '')))
    assert.ok(found.includes('half resolved'))
  },
}

/** The rest of a merge that is resolved: done twice, it would be two commits. */
const continueMerge = {
  async prepare(name) {
    const worktree = await abortMerge.prepare(name)
    await site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/stage`, { files: [`${name}.base`] })
    return worktree
  },
  act: (worktree) => site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/merge/continue`),
  async verify(state, name, worktree) {
    assert.deepEqual([state.inProgress, state.head], ['none', await git(worktree.path, 'rev-parse', 'HEAD')])
    assert.equal(await git(worktree.path, 'rev-list', '--merges', '--count', 'HEAD', '--not', worktree.head, 'main'), '1')
    assert.equal(await git(worktree.path, 'show', `HEAD:${name}.base`), 'half resolved')
  },
}

const amendCommit = {
  async prepare(name) {
    const worktree = await apart(name)
    await git(worktree.path, 'add', 'precious')
    return worktree
  },
  act: (worktree, name) => site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/commit`, { amend: true, message: name }),
  async verify(made, name, worktree) {
    assert.equal(await git(worktree.path, 'log', '--format=%H %s', 'main~1..HEAD'), `${made.id} ${name}`)
    assert.equal(await git(worktree.path, 'show', 'HEAD:precious'), PRECIOUS.trim())
  },
}

/** Undone twice, the commit before would be gone too. */
const undoCommit = {
  async prepare(name) {
    const worktree = await apart(name)
    await git(worktree.path, 'add', 'precious')
    const made = await site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/commit`, { message: name })
    return { ...worktree, made }
  },
  act: ({ id, made }) => site.want(200, 'POST', `${worktreesRoute()}/${id}/commit/undo`, { commitId: made.id, beforeId: made.beforeId }),
  async verify(now, name, { path: folder, made }) {
    assert.deepEqual([now.id, await git(folder, 'rev-parse', 'HEAD')], [made.beforeId, made.beforeId])
    assert.equal(await git(folder, 'show', ':precious'), PRECIOUS.trim())
  },
}

/** What is discarded is in the salvage that was made first, whether or not the first call got that far. */
const discardChanges = {
  async prepare(name) {
    const worktree = await keptWorktree(name)
    await writeFile(path.join(worktree.path, 'README.md'), 'edited\n')
    return worktree
  },
  act: (worktree) => site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/discard`, { all: true }),
  async verify(status, name, worktree) {
    assert.equal(status.isClean, true)
    assert.equal(await git(worktree.path, 'status', '--porcelain'), '')
    const { salvages } = await site.want(200, 'GET', `${worktreesRoute()}/${worktree.id}/salvages`)
    const kept = await Promise.all(salvages.map(({ commit }) => git(worktree.path, 'ls-tree', '-r', '--name-only', `${commit}:files`)))
    const first = salvages[kept.findIndex((names) => names.includes('precious'))]
    assert.equal(await git(worktree.path, 'show', `${first.commit}:files/README.md`), 'edited')
    assert.equal(await git(worktree.path, 'show', `${first.commit}:files/precious`), PRECIOUS.trim())
  },
}

/** Staged twice is staged once, and what only the index had is salvaged. */
const stageChanges = {
  async prepare(name) {
    const worktree = await keptWorktree(name)
    await git(worktree.path, 'add', 'precious')
    await writeFile(precious(worktree), 'later\n')
    return worktree
  },
  act: (worktree) => site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/stage`, { all: true }),
  async verify(status, name, worktree) {
    assert.deepEqual(status.staged, ['precious'])
    assert.equal(await git(worktree.path, 'show', ':precious'), 'later')
    const { salvages } = await site.want(200, 'GET', `${worktreesRoute()}/${worktree.id}/salvages`)
    assert.equal(await git(worktree.path, 'show', `${salvages.at(-1).commit}:staged/precious`), PRECIOUS.trim())
  },
}

/** A turn of every kind of event with an ask in it, a second prompt that waits for its end, and a stop. */
const runAgent = {
  prepare: () => site.agent(),
  async act(agent, name) {
    await agent.start(`Begin. @@full#${name}`)
    await agent.send(`Again. @@short#${name}`)
    await agent.allow()
    await agent.follower.waitFor('turn_end', undefined, 2)
    return agent.stop()
  },
  async verify(stopped, name, agent) {
    await agent.follower.waitFor('exit')
    const row = await agent.get()
    assert.deepEqual([stopped.status, row.status, row.statusReason], ['finished', 'finished', 'stopped'])
    const events = await sameAsDerivedAgain(site.home, row.launchId)
    const count = (kind) => events.filter((event) => event.kind === kind).length
    assert.deepEqual([count('turn_end'), count('ask'), count('exit')], [2, 2, 1])
    const own = (await site.reached()).filter((text) => text.endsWith(`#${name}`))
    assert.deepEqual(own, [`Begin. @@full#${name}`, `Again. @@short#${name}`])
    await site.drop(agent.follower)
  },
}

/** Its launch is stored with its row, and started afterwards: once, also by the next daemon. */
const runScript = {
  async prepare(name) {
    const worktree = await site.worktree(name)
    const scripts = `/api/workspaces/${site.workspace.id}/scripts`
    return { worktree, script: await site.want(201, 'POST', scripts, { kind: 'check', name, command: 'echo ran >>ran; cat ran' }) }
  },
  async act({ worktree, script }) {
    const run = await site.want(201, 'POST', `${worktreesRoute()}/${worktree.id}/scripts/${script.id}/run`)
    let runs
    await until(async () => {
      ;({ runs } = await site.want(200, 'GET', `${worktreesRoute()}/${worktree.id}/script-runs`))
      return runs.every(({ state }) => state !== 'running')
    }, 'the check has ended')
    return { run, runs }
  },
  async verify({ run, runs }, name, { worktree }) {
    assert.deepEqual(runs.map(({ id, state }) => [id, state]), [[run.id, 'passed']])
    assert.equal(await readFile(path.join(worktree.path, 'ran'), 'utf8'), 'ran\n')
    assert.equal((await site.want(200, 'GET', `/api/script-runs/${run.id}/log`)).text, 'ran\n')
  },
}

/** As a git that was killed leaves it. */
const removeLock = {
  async prepare(name) {
    const worktree = await keptWorktree(name)
    const lock = (await git(worktree.path, 'rev-parse', '--path-format=absolute', '--git-path', 'index.lock')).trim()
    await writeFile(lock, 'half')
    return { worktree, lock }
  },
  act: ({ worktree, lock }) => site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/remove-lock`, { path: lock }),
  async verify({ kept, salvage }, name, { worktree, lock }) {
    assert.equal(await readFile(kept, 'utf8'), 'half')
    await assert.rejects(readFile(lock))
    assert.equal((await git(worktree.path, 'show', `${salvage.commit}:files/precious`)).trim(), PRECIOUS.trim())
  },
}

/** The file has its new content once, the old one is in the salvage, and nothing is left beside it. */
const writeFileOnce = {
  prepare: keptWorktree,
  act: (worktree) => site.want(200, 'PUT', `${worktreesRoute()}/${worktree.id}/file`, { path: 'precious', content: 'written', ifDigest: sha256(PRECIOUS) }),
  async verify({ digest, salvage }, name, worktree) {
    assert.equal(await readFile(precious(worktree), 'utf8'), 'written')
    assert.equal(digest, sha256('written'))
    assert.equal(await git(worktree.path, 'status', '--porcelain'), '?? precious')
    assert.equal(await git(worktree.path, 'show', `${salvage.commit}:files/precious`), PRECIOUS.trim())
  },
}

/** By its entry, to where it was. */
const restoreTrash = {
  ...restoreWorktree,
  async prepare(name) {
    const worktree = await restoreWorktree.prepare(name)
    const { entries } = await site.want(200, 'GET', '/api/trash')
    return { ...worktree, entry: entries.find(({ worktreeId }) => worktreeId === worktree.id).id }
  },
  act: ({ entry }) => site.want(200, 'POST', `/api/trash/${entry}/restore`, {}),
}

/** Somebody pushed to the branch what main has now. */
const pullBranch = {
  async prepare(name) {
    const worktree = await apart(name)
    await git(worktree.path, 'push', '--quiet', 'origin', `main:refs/heads/${name}`)
    return worktree
  },
  act: (worktree) => site.want(200, 'POST', `${worktreesRoute()}/${worktree.id}/pull`, { how: 'merge' }),
  verify: mergeBase.verify,
}

/** What is on the host is there once, and only one call asked for it. */
const createPull = {
  async prepare(name) {
    const worktree = await site.worktree(name)
    await git(worktree.path, 'commit', '--quiet', '--allow-empty', `--message=${name}`)
    return worktree
  },
  act: (worktree) => site.want(201, 'POST', `${worktreesRoute()}/${worktree.id}/pulls`, { remote: 'host', title: 'Only one' }),
  async verify(made, name) {
    const { pulls } = await world.read()
    assert.deepEqual(pulls.filter(({ head }) => head === name).map(({ number }) => number), [made.number])
    const posts = (await world.calls()).filter(({ args, body }) => args.at(-1).endsWith('/pulls') && JSON.parse(body).head === name)
    assert.equal(posts.length, 1)
    assert.deepEqual((await site.want(200, 'GET', '/api/intents')).intents, [])
  },
}

/** One worktree, with one agent that has one prompt. */
const startIssue = {
  act: (_, name) => site.want(201, 'POST', `/api/workspaces/${site.workspace.id}/host/issues/12/worktree`, { remote: 'host', branch: name }),
  async verify({ worktree, agent, prompt }, name) {
    await createWorktree.verify(worktree, name)
    const { agents } = await site.want(200, 'GET', `/api/agents?worktreeId=${worktree.id}`)
    assert.deepEqual(agents.map(({ id }) => id), [agent.id])
    const { messages } = await site.want(200, 'GET', `/api/agents/${agent.id}/messages`)
    assert.deepEqual(messages.map(({ content }) => content), [prompt])
  },
}

/** The client sends the file again with its key. What the death left is gone, and there is one file and one row. */
const attachFile = {
  act: (_, name) => site.want(201, 'POST', '/api/attachments?name=precious', Buffer.from(`${PRECIOUS}${name}`)),
  async verify(made, name) {
    const file = `${made.sha256}.txt`
    assert.equal(made.sha256, sha256(`${PRECIOUS}${name}`))
    const isTidy = async () => !(await readdir(path.join(site.home, 'attachments'))).some((one) => one.startsWith('upload.'))
    await until(isTidy, 'no unfinished upload is left')
    assert.equal(await readFile(path.join(site.home, 'attachments', file), 'utf8'), `${PRECIOUS}${name}`)
    assert.equal((await rows(site.home, `SELECT count(*) AS n FROM attachment WHERE digest = '${made.sha256}'`))[0].n, 1)
    assert.equal((await site.call('GET', `/api/attachments/${made.id}/content`)).body, `${PRECIOUS}${name}`)
  },
}

/** The start reads the files of the prompt again, and hands it over once. */
const promptWithImage = {
  async prepare() {
    const agent = await site.agent()
    await agent.start('Hello.')
    await agent.follower.waitFor('turn_end')
    return agent
  },
  async act(agent) {
    const { id } = await site.want(201, 'POST', '/api/attachments', PIXEL)
    const { messageId } = await site.want(202, 'POST', `${agent.route}/message`, { content: 'Look.', attachments: [id] })
    await agent.follower.waitFor('message', (payload) => payload.messageId === messageId && payload.state === 'sent')
    return { messageId, id }
  },
  async verify({ messageId, id }, _, agent) {
    await agent.follower.waitFor('turn_end', () => true, 2)
    const { messages } = await site.want(200, 'GET', `${agent.route}/messages`)
    assert.deepEqual(messages.filter((one) => one.attachments).map((one) => [one.id, one.attachments.map((file) => file.id)]), [[messageId, [id]]])
    assert.equal((await rows(site.home, `SELECT count(*) AS n FROM launch_input WHERE cause_id = '${messageId}'`))[0].n, 1)
    await agent.leave()
  },
}

/** By the first part of a point's name: the jobs that reach it, and at which of its times the daemon dies. */
const plans = {
  file: { job: runAgent, times: [1] },
  worktree: { job: createWorktree, times: [1] },
  clone: { job: cloneRepository, times: [1] },
  copied: { job: copyFiles, times: [1] },
  checkout: { job: switchBranch, times: [1] },
  remove: { job: removeWorktree, times: [1] },
  trash: { job: removeWorktree, times: [1] },
  restore: { jobs: { restoreWorktree, restoreTrash }, times: [1] },
  commit: { jobs: { commitChanges, amendCommit }, times: [1] },
  undo: { job: undoCommit, times: [1] },
  step: { jobs: { mergeBase, rebaseWorktree, squashWorktree, pullBranch, continueMerge, abortMerge }, times: [1] },
  land: { jobs: { landWorktree, undoMerge }, times: [1] },
  queue: { job: landQueue, times: [1] },
  change: { jobs: { discardChanges, stageChanges }, times: [1] },
  lock: { job: removeLock, times: [1] },
  write: { job: writeFileOnce, times: [1] },
  salvage: { job: restoreSalvage, times: [1] },
  salvages: { job: deleteSalvages, times: [1] },
  checkpoint: { job: restoreCheckpoint, times: [1] },
  fork: { jobs: { forkNew: forkCheckpoint(true), forkInto: forkCheckpoint(false) }, times: [1] },
  snapshot: { job: restoreSalvage, times: [1] },
  empty: { job: emptyTrash, times: [1] },
  pull: { job: createPull, times: [1] },
  issue: { job: startIssue, times: [1] },
  upload: { job: attachFile, times: [1] },
  attachment: { job: attachFile, times: [1] },
  prompt: { job: promptWithImage, times: [1] },
  launch: { jobs: { runAgent, runScript }, times: [1] },
  hold: { job: runAgent, times: [1] },
  input: { job: runAgent, times: [1, 2, 3, 4] },
  derive: { job: runAgent, times: [1, 2, 4] }, // up to the ask, its answer, the second turn and the exit: never fewer
  answer: { job: runAgent, times: [1] },
  agent: { job: runAgent, times: [1] },
}

/** Operations with effects that reach no crash point, and why. */
const AT_REMOTE = 'git moves each ref whole or not at all, and nothing of it has to be undone: what it did before the end, the same call finds'
const WITHOUT_POINTS = {
  delete_agent: 'all of it is in the store, in small writes that its intent repeats, and in folders of launches that no row names',
  fetch_remote: AT_REMOTE,
  push_branch: AT_REMOTE,
}

/** What was called while the daemon was to die. */
const deadly = new Set()
let isDying = false
before(async () => {
  site = await Site.open()
  const { HOME, PATH } = site.daemon.options.env
  world = await HostWorld.make(path.join(HOME, 'world'), PATH.split(':')[0])
  await world.set({ issues: [{ number: 12, title: 'Broken', author: 'carol', state: 'open' }] })
  await world.addRemote(site.repository)
  await makeSsh(PATH.split(':')[0])
  const { call } = site
  site.call = (method, route, ...rest) => {
    if (isDying) deadly.add(`${method} ${route.split('?')[0]}`)
    return call.call(site, method, route, ...rest)
  }
})
after(() => site.close())

const points = await crashPoints()

describe('a crash of the daemon loses nothing and doubles nothing', () => {
  for (const point of points) {
    const { job, jobs = { '': job }, times } = plans[point.split('.')[0]]
    for (const [what, job] of Object.entries(jobs)) for (const k of times) {
      test(`at ${point}, time ${k}${what && `, of ${what}`}`, async () => {
        const name = `${point.replace('.', '_')}_${k}${what && `_${what}`}`
        const before = await job.prepare?.(name)
        const deaths = site.deaths
        await site.arm(point, k)
        isDying = true
        const done = await job.act(before, name)
        isDying = false
        assert.equal(site.deaths, deaths + 1, `${point} was not reached ${k} times`)
        await job.verify(done, name, before)
      })
    }
  }
  test('every operation that has effects outside the store was called by a daemon that died', async () => {
    const effects = [...(await operationsByName()).values()].filter(({ effects }) => effects)
    const isCalled = ({ method, path: route }) => [...deadly].some((one) => new RegExp(`^${method} ${route.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(one))
    assert.deepEqual(effects.filter((op) => !isCalled(op) && !WITHOUT_POINTS[op.name]).map(({ name }) => name), [])
  })
})

describe('one key, one effect', () => {
  for (const point of ['worktree.intended', 'worktree.added', 'worktree.stored']) {
    test(`20 calls at once with the same key create one worktree, across a crash at ${point}`, async () => {
      const name = `twenty-${point.split('.')[1]}`
      const key = randomUUID()
      const deaths = site.deaths
      await site.arm(point, 1)
      const input = { name, branch: name, createBranch: true }
      const answers = await Promise.all(Array.from({ length: 20 }, () => site.call('POST', worktreesRoute(), input, key)))
      assert.equal(site.deaths, deaths + 1)
      const [first] = answers
      for (const { status, body } of answers) assert.deepEqual([status, body], [201, first.body])
      await createWorktree.verify(first.body, name)
    })
  }
})
