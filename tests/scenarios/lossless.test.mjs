// The ways to lose a file of docs/lossless.md, each against the real daemon: what is tried, and where the bytes are then.
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { settledCheckpoints } from '../harness/checkpoints.mjs'
import { documentText, title, ways } from '../harness/lossless.mjs'
import { checkout, runToEnd } from '../harness/program.mjs'
import { git } from '../harness/repository.mjs'
import { Site } from '../harness/site.mjs'

const IDENTITY = {
  GIT_AUTHOR_NAME: 'Test', GIT_AUTHOR_EMAIL: 'test@example.invalid', GIT_COMMITTER_NAME: 'Test', GIT_COMMITTER_EMAIL: 'test@example.invalid',
  GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1',
}
/** Every file with its type, mode, target and bytes, without git's folders; the index; HEAD; and what is in progress. */
const PICTURE = String.raw`find . -name .git -prune -o -printf '%p %m %y %l\n' | sort
find . -name .git -prune -o -type f -print0 | sort -z | xargs -0 sha1sum
git ls-files -s; git symbolic-ref -q HEAD || git rev-parse HEAD; git status | grep -v '^  (use' | grep -v '^HEAD detached' | grep -v '^Not currently'
g=$(git rev-parse --git-dir); cat "$g/MERGE_HEAD" "$g/CHERRY_PICK_HEAD" "$g/REVERT_HEAD" "$g/rebase-merge/git-rebase-todo" "$g/BISECT_LOG" 2>/dev/null || true`

let site
let n = 0
const routeOf = (tree) => `/api/workspaces/${site.workspace.id}/worktrees/${tree.id}`
const sh = async (tree, script) =>
  (await runToEnd('sh', ['-ec', script], { cwd: tree.path, env: { ...process.env, ...IDENTITY, N: String(n), TMP: path.dirname(site.repository) } })).out
const picture = (tree) => sh(tree, PICTURE)
const cleanUp = (tree) => sh(tree, 'git reflog expire --expire=now --all; git gc -q --prune=now')
const exists = (file) => stat(file).then(() => true, () => false)

/** A worktree with the files a and b, and a salvage of just that. */
async function makeTree() {
  const tree = await site.worktree(`way-${++n}`)
  await sh(tree, `printf 'one\\ntwo\\n' >a; git add a; git commit -qm 'way ${n}'`)
  await site.want(200, 'POST', `${routeOf(tree)}/checkout`, { branch: `on-${n}`, createBranch: true })
  return { ...tree, base: (await newest(tree)).id }
}
const newest = async (tree) => (await site.want(200, 'GET', `${routeOf(tree)}/salvages`)).salvages[0]
const restore = (tree, id, more = {}) => site.want(200, 'POST', `${routeOf(tree)}/salvages/${id}/restore`, more)
const refuse = async (tree, id, more = {}) => (await site.want(409, 'POST', `${routeOf(tree)}/salvages/${id}/restore`, more)).error
const remove = (tree) => site.want(204, 'DELETE', `${routeOf(tree)}?force=true`)
const entryOf = async (tree) => (await site.want(200, 'GET', '/api/trash')).entries.find(({ worktreeId }) => worktreeId === tree.id)

/** A commit on the base branch that adds the file. */
const onBase = (file) => sh({ path: site.repository }, `echo base >${file}; git add ${file}; git commit -qm ${file}`)
const discardAll = async (tree) => {
  await sh(tree, 'echo kept >k; echo edited >>a')
  await site.want(200, 'POST', `${routeOf(tree)}/discard`, { all: true })
  assert.ok(!(await exists(path.join(tree.path, 'k'))))
}
/** The salvage of a worktree that is gone, from the list of all. */
const savedOf = async (tree, act) => {
  const { salvages } = await site.want(200, 'GET', `/api/workspaces/${site.workspace.id}/salvages`)
  const found = salvages.find((one) => one.worktreeId === tree.id && one.act === act)
  assert.deepEqual([found.isGone, found.worktreeName, found.path], [true, tree.name, tree.path])
  return found
}
/** Restores the file k into a new worktree, then all of it. */
const restoreElsewhere = async (tree, id) => {
  const other = await makeTree()
  await restore(tree, id, { into: other.id, paths: ['k'] })
  assert.equal(await sh(other, 'cat k'), 'kept')
  await restore(tree, id, { into: other.id })
  assert.equal(await sh(other, 'cat k; git status --porcelain k'), 'kept\n?? k')
}

/** The one at the end of a turn in which the files were as they are now. */
async function checkpointOf(tree) {
  const { id } = await site.want(201, 'POST', '/api/agents', { worktreeId: tree.id })
  const agent = await site.follow(id, tree)
  await agent.start(`Begin. @@short#${n}`)
  await agent.follower.waitFor('turn_end')
  const [newest] = await settledCheckpoints((...call) => site.want(...call), tree, ([one]) => one?.kind === 'turn_end' && one.agentId === id)
  assert.equal(newest.state, 'taken')
  await agent.leave()
  return newest
}
const restoreCheckpoint = (status, tree, { id }, input = {}) => site.want(status, 'POST', `${routeOf(tree)}/checkpoints/${id}/restore`, input)

const acts = {
  async overwrite(tree, { make }) {
    await sh(tree, make)
    const was = await picture(tree)
    const { before: saved } = await restore(tree, tree.base)
    assert.equal(await sh(tree, 'cat a'), 'one\ntwo')
    await cleanUp(tree)
    await restore(tree, saved.id)
    assert.equal(await picture(tree), was)
  },

  async remove(tree, { make }) {
    await sh(tree, make)
    const was = await picture(tree)
    await remove(tree)
    assert.ok(!(await exists(tree.path)))
    await git(site.repository, 'gc', '--quiet', '--prune=now')
    await site.want(200, 'POST', `${routeOf(tree)}/restore`)
    assert.equal(await picture(tree), was)
  },

  async detachedCheckout(tree) {
    await sh(tree, 'git switch -q --detach; echo lone >a; git commit -qam lone')
    const lone = await sh(tree, 'git rev-parse HEAD')
    await site.want(200, 'POST', `${routeOf(tree)}/checkout`, { branch: `on-${n}` })
    await cleanUp(tree)
    assert.equal(await sh(tree, `git show ${lone}:a`), 'lone')
  },

  async ignoredInTheWay(tree) {
    await sh(tree, "echo tracked >k; git add k; git commit -qm k; git switch -qc free$N; git rm -q k; echo k >.gitignore; git add .gitignore; git commit -qm i; echo precious >k")
    const { error } = await site.want(409, 'POST', `${routeOf(tree)}/checkout`, { branch: `on-${n}` })
    assert.match(JSON.stringify(error.details), /"k"/)
    assert.equal(await sh(tree, 'cat k'), 'precious')
  },

  async dirtyCheckout(tree) {
    await sh(tree, 'echo mine >a; echo u >u')
    const { error } = await site.want(409, 'POST', `${routeOf(tree)}/checkout`, { branch: `more-${n}`, createBranch: true })
    assert.deepEqual([error.details.modified, error.details.untracked], [['a'], ['u']])
    assert.equal(await sh(tree, 'cat a u'), 'mine\nu')
  },

  async ignoredAtRestore(tree) {
    await sh(tree, 'echo then >k')
    const { before: had } = await restore(tree, tree.base)
    await sh(tree, 'echo k >.gitignore; echo precious >k')
    assert.match((await refuse(tree, had.id)).message, /in the way/)
    assert.equal(await sh(tree, 'cat k .gitignore'), 'precious\nk')
  },

  async tooLarge(tree) {
    await sh(tree, 'truncate -s 60M big; echo edited >a')
    const { details } = await refuse(tree, tree.base)
    assert.deepEqual(details.leftOut, ['big'])
    assert.equal(await sh(tree, 'cat a'), 'edited')
    const { before: saved } = await restore(tree, tree.base, { acceptUnsaved: true })
    assert.deepEqual([saved.leftOut, (await stat(path.join(tree.path, 'big'))).size], [1, 60 << 20])
  },

  async occupied(tree) {
    await sh(tree, 'echo kept >k')
    await remove(tree)
    await mkdir(tree.path)
    await writeFile(path.join(tree.path, 'other'), 'theirs')
    const { id } = await entryOf(tree)
    await site.want(409, 'POST', `/api/trash/${id}/restore`)
    const back = await site.want(200, 'POST', `/api/trash/${id}/restore`, { path: `${tree.path}-again` })
    assert.equal(await readFile(path.join(back.path, 'k'), 'utf8'), 'kept\n')
    assert.equal(await readFile(path.join(tree.path, 'other'), 'utf8'), 'theirs')
  },

  async movedByHand(tree) {
    await sh(tree, 'echo kept >k')
    await rename(tree.path, `${tree.path}-moved`)
    await site.want(200, 'POST', `/api/workspaces/${site.workspace.id}/refresh`)
    await site.want(404, 'POST', `${routeOf(tree)}/checkout`, { branch: 'any', createBranch: true })
    assert.equal((await site.want(200, 'GET', routeOf(tree))).isMissing, true)
    assert.equal(await readFile(`${tree.path}-moved/k`, 'utf8'), 'kept\n')
  },

  async forgotten(tree) {
    await sh(tree, 'git switch -q --detach; echo lone >a; git commit -qam lone; echo staged >s; git add s; echo kept >k')
    const lone = await sh(tree, 'git rev-parse HEAD')
    const was = await picture(tree)
    await rename(tree.path, `${tree.path}-moved`)
    await remove(tree)
    await git(site.repository, 'worktree', 'prune', '--expire=now')
    await git(site.repository, 'gc', '--quiet', '--prune=now')
    const [saved] = (await git(site.repository, 'for-each-ref', '--sort=-refname', '--format=%(objectname)', `refs/muster/salvage/${tree.id}`)).split('\n')
    assert.equal(await git(site.repository, 'show', `${saved}:staged/s`), 'staged')
    assert.ok((await git(site.repository, 'rev-list', '--parents', '-1', saved)).includes(lone))
    const folder = path.join(site.repository, '.git')
    const [record] = (await readdir(path.join(folder, 'muster/removed'))).filter((name) => name.startsWith(path.basename(tree.path)))
    await rename(path.join(folder, 'muster/removed', record), path.join(folder, 'worktrees', path.basename(tree.path)))
    await git(site.repository, 'worktree', 'repair', `${tree.path}-moved`)
    assert.equal(await picture({ path: `${tree.path}-moved` }), was)
  },

  async deletedByHand(tree) {
    await sh(tree, 'echo kept >k')
    await restore(tree, tree.base)
    const saved = await newest(tree)
    await rm(tree.path, { recursive: true })
    await site.want(200, 'POST', `/api/workspaces/${site.workspace.id}/refresh`)
    await git(site.repository, 'gc', '--quiet', '--prune=now')
    await site.want(404, 'POST', `${routeOf(tree)}/salvages/${saved.id}/restore`)
    await restoreElsewhere(tree, saved.id)
  },

  async deletedAndRemoved(tree) {
    await discardAll(tree)
    await rm(tree.path, { recursive: true })
    await remove(tree)
    await git(site.repository, 'gc', '--quiet', '--prune=now')
    await restoreElsewhere(tree, (await savedOf(tree, 'discard_changes')).id)
  },

  async salvagedAndEmptied(tree) {
    await discardAll(tree)
    await remove(tree)
    const { id } = await entryOf(tree)
    await site.want(200, 'POST', '/api/trash/empty', { trashIds: [id] })
    await git(site.repository, 'gc', '--quiet', '--prune=now')
    await restoreElsewhere(tree, (await savedOf(tree, 'discard_changes')).id)
  },

  async trashMovedByHand(tree) {
    await sh(tree, 'echo kept >k')
    await remove(tree)
    const entry = await entryOf(tree)
    await rename(entry.place, `${tree.path}-mine`)
    assert.equal((await entryOf(tree)).isGone, true)
    const { deleted, kept } = await site.want(200, 'POST', '/api/trash/empty', { trashIds: [entry.id] })
    assert.deepEqual([deleted, kept], [[entry.id], []])
    assert.equal(await readFile(`${tree.path}-mine/k`, 'utf8'), 'kept\n')
    assert.ok(await savedOf(tree, 'empty_trash'))
  },

  async emptyOne(tree) {
    const other = await makeTree()
    await sh(other, 'echo kept >k')
    await remove(tree)
    await remove(other)
    const { id } = await entryOf(tree)
    const { deleted } = await site.want(200, 'POST', '/api/trash/empty', { trashIds: [id] })
    assert.deepEqual(deleted, [id])
    await site.want(200, 'POST', `${routeOf(other)}/restore`)
    assert.equal(await sh(other, 'cat k'), 'kept')
  },

  async closed(tree) {
    await sh(tree, 'echo kept >k')
    const was = await picture(tree)
    await site.want(204, 'DELETE', `/api/workspaces/${site.workspace.id}`)
    assert.equal(await picture(tree), was)
    site.workspace = await site.want(201, 'POST', '/api/workspaces', { path: site.repository })
    assert.equal((await site.want(200, 'GET', routeOf(tree))).path, tree.path)
  },

  async killed(tree) {
    for (const point of ['salvage.intended', 'salvage.made', 'snapshot.files', 'salvage.head', 'salvage.restored']) {
      await sh(tree, `echo ${point} >k; echo ${point} >>a`)
      await site.arm(point, 1)
      const { before: saved } = await restore(tree, tree.base)
      assert.equal(await sh(tree, 'cat a; ls'), 'one\ntwo\nREADME.md\na')
      await sh(tree, 'git add -A; git reset -q') // no index.lock is left
      assert.equal(await sh(tree, `git show ${saved.commit}:files/k`), point)
    }
  },

  async whileWritten(tree) {
    await sh(tree, '(for i in $(seq 1 200); do printf "%01000d" $i >w.new; mv w.new w; done) >/dev/null 2>&1 & echo')
    const seen = new Set()
    for (let i = 0; i < 4; i++) {
      const { status, body } = await site.call('POST', `${routeOf(tree)}/salvages/${tree.base}/restore`, { paths: ['a'] })
      assert.ok(status === 200 || status === 409, JSON.stringify(body))
      const { commit } = await newest(tree)
      seen.add(await sh(tree, `git show ${commit}:files/w 2>/dev/null || printf '%01000d' 0`))
    }
    for (const text of seen) assert.match(text, /^0*\d{1,3}$/)
    for (const text of seen) assert.equal(text.length, 1000)
  },

  async stagedMeanwhile(tree) {
    const staging = sh(tree, 'for i in $(seq 1 60); do echo $i >s$i; git add s$i 2>/dev/null && echo $i; done || true')
    let isDone = false
    const ended = staging.then(() => (isDone = true))
    const commits = []
    while (!isDone) {
      const { status, body } = await site.call('POST', `${routeOf(tree)}/salvages/${tree.base}/restore`)
      assert.ok(status === 200 || status === 409, JSON.stringify(body))
      if (status === 200) commits.push(body.before.commit)
    }
    await ended
    const listed = await sh(tree, ['git ls-files', ...commits.map((id) => `git ls-tree --name-only ${id}:staged`)].join('; '))
    const found = new Set(listed.split('\n'))
    for (const i of (await staging).split('\n')) assert.ok(found.has(`s${i}`), `s${i}`)
  },

  async hostile(tree) {
    await sh(tree, `for k in filter.x.clean filter.x.smudge filter.x.process core.fsmonitor diff.external merge.x.driver diff.x.textconv; do git config $k "touch $PWD-ran; cat"; done
      echo '* filter=x diff=x merge=x' >.gitattributes; mkdir -p hooks; git config core.hooksPath $PWD/hooks
      for h in post-index-change reference-transaction post-checkout; do printf '#!/bin/sh\\ntouch %s-ran\\n' $PWD >hooks/$h; chmod +x hooks/$h; done; echo kept >k`)
    const { before: saved } = await restore(tree, tree.base)
    await restore(tree, saved.id)
    assert.ok(!(await exists(`${tree.path}-ran`)))
    assert.equal(await readFile(path.join(tree.path, 'k'), 'utf8'), 'kept\n')
    await git(site.repository, 'config', '--unset', 'core.hooksPath')
    await git(site.repository, 'config', '--unset', 'core.fsmonitor')
    for (const section of ['filter.x', 'diff.x', 'merge.x']) await git(site.repository, 'config', '--remove-section', section)
    await git(site.repository, 'config', '--unset', 'diff.external')
  },

  async discard(tree) {
    await sh(tree, 'echo edited >>a; echo staged >s; git add s; echo later >s; mkdir d; echo u >d/u; chmod 600 d/u')
    const was = await picture(tree)
    await site.want(200, 'POST', `${routeOf(tree)}/discard`, { all: true })
    assert.equal(await sh(tree, 'cat a s; test ! -e d'), 'one\ntwo\nstaged')
    await cleanUp(tree)
    await restore(tree, (await newest(tree)).id)
    assert.equal(await picture(tree), was)
  },

  async unstage(tree) {
    await sh(tree, 'echo staged >a; git add a; echo edited >a')
    await site.want(200, 'POST', `${routeOf(tree)}/unstage`, { all: true })
    await cleanUp(tree)
    assert.equal(await sh(tree, `git show ${(await newest(tree)).commit}:staged/a; cat a; git show :a`), 'staged\nedited\none\ntwo')
  },

  async mergeOver(tree) {
    await onBase(`over-${n}`)
    await sh(tree, `echo mine >over-${n}`)
    await site.want(409, 'POST', `${routeOf(tree)}/merge`, {})
    assert.equal(await sh(tree, `cat over-${n}; git status --porcelain`), `mine\n?? over-${n}`)
  },

  async rebase(tree) {
    await onBase(`under-${n}`)
    await sh(tree, 'echo lone >lone; git add lone; git commit -qm lone')
    const old = await sh(tree, 'git rev-parse HEAD')
    await site.want(200, 'POST', `${routeOf(tree)}/rebase`, {})
    await cleanUp(tree)
    assert.notEqual(await sh(tree, 'git rev-parse HEAD'), old)
    assert.equal(await sh(tree, `git show ${old}:lone`), 'lone')
  },

  async abort(tree) {
    await onBase(`both-${n}`)
    await sh(tree, `echo ours >both-${n}; git add both-${n}; git commit -qm both`)
    assert.equal((await site.want(200, 'POST', `${routeOf(tree)}/merge`, {})).inProgress, 'merge')
    await sh(tree, `echo half >both-${n}; echo u >u`)
    const was = await picture(tree)
    await site.want(200, 'POST', `${routeOf(tree)}/merge/abort`, {})
    assert.equal(await sh(tree, `cat both-${n}`), 'ours')
    await cleanUp(tree)
    await restore(tree, (await newest(tree)).id)
    assert.equal(await picture(tree), was)
  },

  async land(tree) {
    const base = { path: site.repository }
    const body = { how: 'squash', message: `land ${n}` }
    await site.want(200, 'POST', `${routeOf(tree)}/merge`, {})
    await sh(base, 'echo edited >>README.md; echo u >u')
    assert.deepEqual((await site.want(409, 'POST', `${routeOf(tree)}/land`, body)).error.details.modified, ['README.md'])
    assert.equal(await sh(base, 'tail -1 README.md; cat u'), 'edited\nu')
    await sh(base, 'git restore README.md')
    await site.want(200, 'POST', `${routeOf(tree)}/land`, body)
    assert.equal(await sh(base, 'git log -1 --format=%s; cat u; rm u; git status --porcelain; git reset -q --hard HEAD~1'), `land ${n}\nu`)
  },

  async undo(tree) {
    const base = { path: site.repository }
    await site.want(200, 'POST', `${routeOf(tree)}/merge`, {})
    await sh(tree, `echo landed >landed-${n}; git add landed-${n}; git commit -qm landed`)
    const { toId } = await site.want(200, 'POST', `${routeOf(tree)}/land`, { how: 'squash', message: 'undone' })
    await onBase(`top-${n}`)
    await site.want(409, 'POST', `${routeOf(tree)}/land/undo`)
    assert.equal(await sh(base, `cat top-${n}; git reset -q --hard HEAD~1; git rev-parse HEAD`), `base\n${toId}`)
    await site.want(200, 'POST', `${routeOf(tree)}/land/undo`)
    await sh(base, 'git reflog expire --expire=now --all; git gc -q --prune=now')
    assert.equal(await exists(path.join(base.path, `landed-${n}`)), false)
    assert.equal(await sh(base, `git show ${toId}:landed-${n}`), 'landed')
    await sh(base, 'git switch -q --detach')
    const again = await site.want(200, 'POST', `${routeOf(tree)}/land`, { how: 'squash', message: 'undone again' })
    await site.want(200, 'POST', `${routeOf(tree)}/land/undo`)
    await sh(base, 'git switch -q main; git reflog expire --expire=now --all; git gc -q --prune=now')
    assert.equal(await sh(base, `git show ${again.toId}:landed-${n}`), 'landed')
  },

  async amended(tree) {
    await sh(tree, 'echo first >f; git add f; git commit -qm first')
    const old = await sh(tree, 'git rev-parse HEAD')
    await sh(tree, 'echo second >f; git add f')
    await site.want(200, 'POST', `${routeOf(tree)}/commit`, { amend: true, message: 'second' })
    await cleanUp(tree)
    assert.equal(await sh(tree, `git show ${old}:f; git show HEAD:f`), 'first\nsecond')
  },

  async mergeKilled(tree) {
    const hook = path.join(site.repository, '.git/hooks/pre-merge-commit')
    await onBase(`killed-${n}`)
    await sh(tree, 'echo own >own; git add own; git commit -qm own; echo u >u')
    const was = await picture(tree)
    await sh(tree, `mkdir -p "$(dirname '${hook}')"; printf '#!/bin/sh\nkill -9 $PPID\n' >'${hook}'; chmod +x '${hook}'`)
    await site.want(500, 'POST', `${routeOf(tree)}/merge`, {})
    await rm(hook)
    assert.equal(await picture(tree), was)
    assert.equal(await sh(tree, `git show ${(await newest(tree)).commit}:files/killed-${n}`), 'base')
  },

  async fetchOver(tree) {
    await sh(tree, 'echo kept >k')
    await restore(tree, tree.base)
    const saved = await newest(tree)
    await git(site.repository, 'config', 'remote.origin.fetch', '+refs/*:refs/*')
    await site.want(409, 'POST', `${routeOf(tree)}/fetch`, { prune: true })
    await git(site.repository, 'config', 'remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*')
    assert.equal(await git(site.repository, 'show', `${saved.commit}:files/k`), 'kept')
  },

  async checkpointOver(tree) {
    const files = await sh(tree, 'ls')
    const taken = await checkpointOf(tree)
    await sh(tree, 'echo edited >>a; echo staged >s; git add s; echo later >s; mkdir d; echo u >d/u; chmod 600 d/u')
    const was = await picture(tree)
    const { before: saved } = await restoreCheckpoint(200, tree, taken)
    assert.equal(await sh(tree, 'cat a; ls'), `one\ntwo\n${files}`)
    await cleanUp(tree)
    await restore(tree, saved.id)
    assert.equal(await picture(tree), was)
  },

  async checkpointOfOne(tree) {
    const taken = await checkpointOf(tree)
    await sh(tree, 'echo edited >a; echo mine >README.md; echo u >u')
    const { before: saved } = await restoreCheckpoint(200, tree, taken, { paths: ['a'] })
    assert.equal(await sh(tree, 'cat a README.md u'), 'one\ntwo\nmine\nu')
    assert.equal(await git(tree.path, 'show', `${saved.commit}:files/a`), 'edited')
  },

  async checkpointDuringTurn(tree) {
    const taken = await checkpointOf(tree)
    const { id } = await site.want(201, 'POST', '/api/agents', { worktreeId: tree.id })
    const agent = await site.follow(id, tree)
    await agent.start(`Begin. @@full#${n}`)
    await agent.follower.waitFor('ask')
    await sh(tree, 'echo edited >a')
    const was = await picture(tree)
    await restoreCheckpoint(409, tree, taken)
    assert.equal(await picture(tree), was)
    await agent.leave()
  },

  async checkpointOverIgnored(tree) {
    await sh(tree, 'echo then >k')
    const taken = await checkpointOf(tree)
    await restore(tree, tree.base)
    await sh(tree, 'echo k >.gitignore; echo precious >k')
    assert.match((await restoreCheckpoint(409, tree, taken)).error.message, /in the way/)
    assert.equal(await sh(tree, 'cat k .gitignore'), 'precious\nk')
  },

  async checkpointKilled(tree) {
    const files = await sh(tree, 'ls')
    const taken = await checkpointOf(tree)
    for (const point of ['checkpoint.intended', 'salvage.made', 'snapshot.files', 'checkpoint.restored', 'checkpoint.stored']) {
      await sh(tree, `echo ${point} >k; echo ${point} >>a`)
      await site.arm(point, 1)
      await restoreCheckpoint(200, tree, taken)
      assert.equal(await sh(tree, 'cat a; ls'), `one\ntwo\n${files}`)
      const { salvages } = await site.want(200, 'GET', `${routeOf(tree)}/salvages`)
      const found = await Promise.all(salvages.map(({ commit }) => sh(tree, `git show ${commit}:files/k 2>/dev/null || true`)))
      assert.ok(found.includes(point), point)
    }
  },

  async checkpointPruned(tree) {
    const files = await sh(tree, 'ls')
    await sh(tree, 'echo lone >lone; git add lone; git commit -qm lone; echo kept >k')
    const lone = await sh(tree, 'git rev-parse HEAD')
    const taken = await checkpointOf(tree)
    await sh(tree, 'rm k; git reset -q --hard HEAD~1')
    await cleanUp(tree)
    assert.equal(await sh(tree, `git show ${lone}:lone; ls`), `lone\n${files}`)
    await restoreCheckpoint(200, tree, taken)
    assert.equal(await sh(tree, 'cat k lone'), 'kept\nlone')
  },

  async checkpointRemoved(tree) {
    await sh(tree, 'echo kept >k')
    const taken = await checkpointOf(tree)
    await sh(tree, 'rm k')
    await remove(tree)
    await git(site.repository, 'gc', '--quiet', '--prune=now')
    await site.want(200, 'POST', `${routeOf(tree)}/restore`)
    await restoreCheckpoint(200, tree, taken)
    assert.equal(await sh(tree, 'cat k'), 'kept')
  },

  async checkpointRetention(tree) {
    await site.want(200, 'PUT', '/api/settings/retention.checkpoints', { value: '10' })
    await sh(tree, 'echo first >k')
    const first = await checkpointOf(tree)
    const { before: saved } = await restoreCheckpoint(200, tree, first)
    for (let i = 0; i < 6; i++) {
      await sh(tree, `echo ${i} >k`)
      await checkpointOf(tree)
    }
    const { checkpoints } = await site.want(200, 'GET', `${routeOf(tree)}/checkpoints`)
    assert.deepEqual([checkpoints.length, checkpoints.some(({ id }) => id === first.id)], [10, false])
    await cleanUp(tree)
    await sh(tree, 'rm k')
    await restoreCheckpoint(200, tree, checkpoints[0])
    assert.equal(await sh(tree, 'cat k'), '5')
    await restore(tree, saved.id, { paths: ['k'] })
    assert.equal(await sh(tree, 'cat k'), 'first')
    await site.want(200, 'PUT', '/api/settings/retention.checkpoints', { value: '1000' })
  },

  async pruned(tree) {
    await sh(tree, 'echo kept >k; echo staged >s; git add s; rm s')
    const { before: saved } = await restore(tree, tree.base)
    await cleanUp(tree)
    assert.equal(await sh(tree, `git show ${saved.commit}:files/k; git show ${saved.commit}:staged/s`), 'kept\nstaged')
  },
}

before(async () => {
  site = await Site.open()
})
after(() => site.close())

test('docs/lossless.md is the list of these ways', async () => {
  assert.equal(await readFile(path.join(checkout, 'docs/lossless.md'), 'utf8'), documentText())
  assert.ok(ways.length >= 50)
})

describe('no file is lost', () => {
  for (const [i, way] of ways.entries())
    test(title(way, i), async () => {
      await acts[way.how](await makeTree(), way)
    })
})
