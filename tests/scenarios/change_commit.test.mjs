// From a worktree to the remote, over REST: hunks, commits with hooks, a remote that wants a password, a push that is cancelled.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { access, chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { Daemon, makeFolder } from '../harness/daemon.mjs'
import { git, makeSharedRepository, writeFiles } from '../harness/repository.mjs'
import { until } from '../harness/wait.mjs'

const lines = (...changed) => Array.from({ length: 60 }, (_, n) => (changed.includes(n) ? `changed ${n}` : `line ${n}`)).join('\n')
const exists = (file) => access(file).then(() => true, () => false)

let daemon
before(async () => {
  daemon = await Daemon.start()
  await daemon.want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
})
after(() => daemon.remove())

async function open(files = { 'a.txt': lines() }) {
  const repository = await makeSharedRepository(files)
  const { id } = await daemon.want(201, 'POST', '/api/workspaces', { path: repository })
  const { worktrees } = await daemon.want(200, 'GET', `/api/workspaces/${id}/worktrees`)
  const at = `/api/workspaces/${id}/worktrees/${worktrees[0].id}`
  const hunks = async (query) => (await daemon.want(200, 'GET', `${at}/diff?${new URLSearchParams(query)}`)).files.flatMap((file) => file.hunks.map(({ id }) => ({ path: file.path, id })))
  return { repository, at, hunks, do: (status, what, body = {}) => daemon.want(status, 'POST', `${at}/${what}`, body) }
}

async function addHook(repository, name, script) {
  const hook = path.join(repository, '.git/hooks', name)
  await mkdir(path.dirname(hook), { recursive: true })
  await writeFile(hook, `#!/bin/sh\n${script}\n`)
  await chmod(hook, 0o755)
}

test('hunks are staged by what was shown; a file that has changed since is refused', async () => {
  const { repository, hunks, do: act } = await open()
  await writeFiles(repository, { 'a.txt': lines(5, 30, 50), 'new.txt': 'new\n' })
  const shown = await hunks({ from: 'index', path: 'a.txt' })
  assert.equal(shown.length, 3)
  const status = await act(200, 'stage', { hunks: [shown[0], shown[2]] })
  assert.deepEqual([status.staged, status.modified, status.untracked], [['a.txt'], ['a.txt'], ['new.txt']])
  assert.equal(await git(repository, 'show', ':a.txt'), lines(5, 50))
  await act(200, 'unstage', { hunks: (await hunks({ to: 'index' })).slice(0, 1) })
  assert.equal(await git(repository, 'show', ':a.txt'), lines(50))

  await writeFiles(repository, { 'a.txt': lines(5, 31, 50) })
  const { error } = await act(409, 'stage', { hunks: [shown[0], shown[1]] })
  assert.match(error.message, /^a\.txt has changed since: hunk \w+ is no longer there$/)
  assert.equal(await git(repository, 'show', ':a.txt'), lines(50), 'all or none')
  await act(400, 'stage', {})
  await act(404, 'stage', { files: ['none.txt'] })
  const commit = await act(200, 'commit', { message: 'One hunk' })
  assert.equal(await git(repository, 'show', 'HEAD:a.txt'), lines(50))
  assert.equal(commit.id, (await git(repository, 'rev-parse', 'HEAD')).trim())
})

/** Names as bytes, and as operations answer and take them: quoted as git does where they are not UTF-8 or begin with a quote. */
const HOSTILE = [
  ['plain é', 'plain é'],
  ['back\\351slash', 'back\\351slash'],
  ['new\nline', 'new\nline'],
  ['"quoted"', '"\\"quoted\\""'],
  [Buffer.from('caf\xe9', 'latin1'), '"caf\\351"'],
  [Buffer.from('d\xff/\x80 \\351\n"é', 'latin1'), '"d\\377/\\200 \\\\351\\n\\"\\351"'],
]

test('a file of any name is reached by the name that answers give it', async () => {
  const { repository, at, do: act } = await open({ 'a.txt': 'a\n' })
  const get = (what, query) => daemon.want(200, 'GET', `${at}/${what}?${new URLSearchParams(query)}`)
  const file = (name) => Buffer.concat([Buffer.from(`${repository}/`), Buffer.from(name)])
  const writeAll = async (text) => {
    for (const [name] of HOSTILE) await writeFile(file(name), text)
  }
  await mkdir(file(HOSTILE[5][0].subarray(0, 2)))
  await writeAll('one\n')
  const texts = HOSTILE.map(([, text]) => text).toSorted()
  assert.deepEqual((await get('status')).untracked.toSorted(), texts)
  await act(200, 'stage', { files: texts })
  await act(200, 'commit', { message: 'names' })
  await writeAll('two\n')
  assert.deepEqual((await get('status')).modified.toSorted(), texts)

  const paged = []
  for (let next; ; ) {
    const page = await get('diff', { limit: 1, ...(next && { after: next }) })
    paged.push(...page.files.map(({ path: name }) => name))
    if (!(next = page.next)) break
  }
  assert.deepEqual(paged.toSorted(), texts)

  for (const [name, text] of HOSTILE) {
    const [shown] = (await get('diff', { path: text, from: 'index' })).files
    assert.deepEqual([shown.path, shown.hunks[0].lines.map((line) => line.text)], [text, ['one', 'two']])
    assert.equal(Buffer.from((await get('blob', { path: text, side: 'head' })).content, 'base64').toString(), 'one\n')
    assert.equal((await get('file', { path: text })).content, 'two\n')
    for (const choice of [{ files: [text] }, { hunks: [{ path: text, id: shown.hunks[0].id }] }]) {
      assert.deepEqual((await act(200, 'stage', choice)).staged, [text])
      const back = choice.files ? choice : { hunks: [{ path: text, id: (await get('diff', { path: text, to: 'index' })).files[0].hunks[0].id }] }
      assert.deepEqual((await act(200, 'unstage', back)).staged, [])
    }
    assert.equal((await act(201, 'comments', { path: text, side: 'new', line: 1, lineText: 'two', body: 'b' })).path, text)

    await act(200, 'discard', { files: [text] })
    assert.equal(await readFile(file(name), 'utf8'), 'one\n')
    const [salvage] = (await get('salvages')).salvages
    await act(200, `salvages/${salvage.id}/restore`, { paths: [text] })
    assert.equal(await readFile(file(name), 'utf8'), 'two\n')
  }
  const { comments } = await get('comments')
  assert.deepEqual(comments.map(({ path: name, currentLine }) => [name, currentLine]).toSorted(), texts.map((text) => [text, 1]))
  assert.equal((await daemon.want(200, 'GET', `${at}/file?path=caf%E9`)).content, 'two\n', 'a query may have the bytes themselves')
  const { error } = await act(400, 'stage', { files: ['a.txt', '"caf'] })
  assert.deepEqual(error.details['files[1]'], ['begins with a double quote, but is not a path as git quotes it ("caf\\351")'])
})

test('a hunk of a renamed file needs no old path', async () => {
  const { repository, hunks, do: act } = await open()
  await git(repository, 'mv', 'a.txt', 'b.txt')
  await writeFiles(repository, { 'b.txt': lines(5, 50) })
  await git(repository, 'add', '--all')
  const shown = await hunks({ to: 'index' })
  assert.deepEqual(shown.map(({ path: name }) => name), ['b.txt', 'b.txt'])
  await act(200, 'unstage', { hunks: [shown[0]] })
  assert.equal(await git(repository, 'show', ':b.txt'), lines(50))
})

test('files and hunks of one call are both staged, or neither', async () => {
  const { repository, at, hunks, do: act } = await open({ 'a.txt': lines(), 'b.txt': 'b\n' })
  await writeFiles(repository, { 'a.txt': lines(5, 30), 'b.txt': 'B\n' })
  const [first, second] = await hunks({ from: 'index', path: 'a.txt' })
  await act(404, 'stage', { hunks: [first], files: ['none.txt'] })
  await act(409, 'stage', { hunks: [first, { path: 'a.txt', id: '0'.repeat(32) }], files: ['b.txt'] })
  await act(400, 'stage', { hunks: [first], files: ['a.txt'] })
  await act(404, 'discard', { hunks: [first], files: ['none.txt'] })
  assert.deepEqual((await daemon.want(200, 'GET', `${at}/status`)).staged, [])
  assert.equal(await git(repository, 'diff', '--stat'), await git(repository, 'diff', '--stat', 'HEAD'))
  const status = await act(200, 'stage', { hunks: [second], files: ['b.txt'] })
  assert.deepEqual(status.staged, ['a.txt', 'b.txt'])
  assert.equal(await git(repository, 'show', ':a.txt'), lines(30))
})

test('what was staged before a commit of everything is in a salvage', async () => {
  const { repository, at, do: act } = await open()
  await writeFiles(repository, { 'a.txt': 'staged only\n' })
  await git(repository, 'add', 'a.txt')
  await writeFiles(repository, { 'a.txt': 'edited again\n' })
  await act(200, 'commit', { message: 'All', all: true })
  assert.equal(await git(repository, 'show', 'HEAD:a.txt'), 'edited again')
  const { salvages } = await daemon.want(200, 'GET', `${at}/salvages`)
  assert.deepEqual(salvages.map(({ act: name }) => name), ['commit_changes'])
  await writeFiles(repository, { 'same.txt': 'staged only\n' })
  const kept = await git(repository, 'ls-tree', '-r', '--format=%(objectname)', salvages[0].commit)
  const amended = await git(repository, 'rev-parse', 'HEAD')
  await act(200, 'commit', { message: 'Again\n\nAnd why.', amend: true })
  assert.equal((await daemon.want(200, 'GET', `${at}/status`)).headMessage, 'Again\n\nAnd why.')
  const { salvages: [newest] } = await daemon.want(200, 'GET', `${at}/salvages`)
  assert.deepEqual([newest.act, newest.head], ['commit_changes', amended])
  assert.doesNotMatch(await git(repository, 'ls-tree', '--name-only', newest.commit), /files|manifest/, 'an amended commit costs no snapshot')
  assert.ok(kept.includes(await git(repository, 'hash-object', 'same.txt')))
})

test('a commit and an amend are undone: the branch is where it was, index and files stay', async () => {
  const { repository, at, do: act } = await open()
  const head = async () => (await git(repository, 'rev-parse', 'HEAD')).trim()
  const undo = (status, { id, beforeId }) => act(status, 'commit/undo', { commitId: id, beforeId })
  const first = await head()
  await writeFiles(repository, { 'a.txt': 'staged\n', 'new.txt': 'new\n' })
  await act(200, 'stage', { files: ['a.txt'] })
  await writeFiles(repository, { 'a.txt': 'edited again\n' })
  const made = await act(200, 'commit', { message: 'One' })
  assert.equal(made.beforeId, first)
  assert.equal((await undo(200, made)).id, first)
  assert.equal(await head(), first)
  assert.equal(await git(repository, 'show', ':a.txt'), 'staged')
  const { staged, modified, untracked } = await daemon.want(200, 'GET', `${at}/status`)
  assert.deepEqual([staged, modified, untracked], [['a.txt'], ['a.txt'], ['new.txt']])
  const { salvages: [kept] } = await daemon.want(200, 'GET', `${at}/salvages`)
  assert.deepEqual([kept.act, kept.head], ['undo_commit', made.id], 'the commit is kept')
  assert.match((await undo(409, made)).error.message, /^HEAD is no longer at [0-9a-f]{40}: only the last commit can be undone$/)

  const again = await act(200, 'commit', { message: 'Two', untracked: true })
  assert.deepEqual((await git(repository, 'ls-tree', '--name-only', 'HEAD')).trim().split('\n'), ['a.txt', 'new.txt'], 'new files too, in one call')
  const { files } = await daemon.want(200, 'GET', `${at}/diff?from=parent&to=head&hunks=false`)
  assert.deepEqual(files.map(({ path: name, status }) => `${name} ${status}`), ['a.txt modified', 'new.txt added'], 'what the last commit has changed')
  const amended = await act(200, 'commit', { message: 'Two, corrected', amend: true })
  assert.equal(amended.beforeId, again.id)
  assert.match((await undo(404, { id: amended.id, beforeId: '0'.repeat(40) })).error.message, /^there is no commit 0+$/)
  assert.match((await undo(409, { id: amended.id, beforeId: amended.id })).error.message, /is neither the only parent of this commit nor the commit that it amended$/)
  assert.equal((await undo(200, amended)).summary, 'Two')
  assert.equal(await head(), again.id)
})

test('a commit that was pushed, a merge and a first commit are not undone, and nothing is while a merge waits', async () => {
  const { repository, do: act } = await open()
  const undo = (status, { id, beforeId }) => act(status, 'commit/undo', { commitId: id, beforeId })
  await writeFiles(repository, { 'a.txt': 'one\n' })
  const pushed = await act(200, 'commit', { message: 'Pushed', all: true })
  await act(200, 'push', { setUpstream: true })
  assert.equal((await undo(409, pushed)).error.message, 'the commit was pushed (origin/main has it): revert it with a commit of its own')

  await git(repository, 'switch', '--quiet', '--create', 'side', 'HEAD~1')
  await writeFiles(repository, { 'a.txt': 'side\n' })
  const side = await act(200, 'commit', { message: 'Side', all: true })
  await assert.rejects(git(repository, 'merge', '--quiet', 'main'))
  assert.match((await undo(409, side)).error.message, /^undoing a commit is refused because a merge is in progress: continue or abort it first$/)
  await writeFiles(repository, { 'a.txt': 'both\n' })
  await act(200, 'stage', { files: ['a.txt'] })
  const merged = await act(200, 'commit', { message: 'Merged' })
  assert.deepEqual([merged.parents.length, merged.beforeId], [2, undefined])
  assert.match((await undo(409, { id: merged.id, beforeId: side.id })).error.message, /neither the only parent/)

  await git(repository, 'switch', '--quiet', '--orphan', 'empty')
  assert.equal((await act(200, 'commit', { message: 'Root', allowEmpty: true })).beforeId, undefined)
})

test('what git would leave out without a word, or store as one commit, is not staged silently', async () => {
  const { repository, do: act } = await open()
  const inner = path.join(repository, 'deep/inner')
  await git(repository, 'init', '--quiet', inner)
  await writeFiles(inner, { 'a.txt': 'a\n' })
  await git(inner, 'add', '.')
  await git(inner, 'commit', '--quiet', '--message=inner')
  await git(repository, 'worktree', 'add', '--quiet', path.join(repository, 'nested'))
  execFileSync('mkfifo', [path.join(repository, 'pipe')])
  await writeFiles(repository, { 'plain.txt': 'plain\n' })
  const before = await git(repository, 'ls-files', '--stage')
  for (const [status, files, message] of [
    [400, ['.git/config'], /^could not stage \.git\/config: it belongs to git itself$/],
    [400, ['plain.txt', 'pipe'], /^could not stage pipe: git stores no pipes, sockets and devices$/],
    [409, ['nested'], /^could not stage nested\/: it is a repository of its own/],
    [409, ['deep'], /^could not stage deep\/inner\/: it is a repository of its own/],
  ]) assert.match((await act(status, 'stage', { files })).error.message, message)
  assert.match((await act(409, 'stage', { all: true })).error.message, /it is a repository of its own/)
  assert.equal(await git(repository, 'ls-files', '--stage'), before)
  assert.deepEqual((await act(200, 'stage', { files: ['plain.txt'] })).staged, ['plain.txt'])
})

test('a discard that would pass over something names it', async () => {
  const { repository, at, do: act } = await open()
  const inner = path.join(repository, 'inner')
  await git(repository, 'init', '--quiet', inner)
  await writeFiles(inner, { x: 'x\n' })
  await writeFiles(repository, { 'a.txt': 'edited\n' })
  const refused = async (code, input, why) => {
    const { error } = await act(code, 'discard', input)
    assert.equal(error.message, `could not discard ${why}`)
    assert.equal(await readFile(path.join(repository, 'a.txt'), 'utf8'), 'edited\n')
    assert.equal((await daemon.want(200, 'GET', `${at}/salvages`)).total, salvages, 'a refusal leaves no salvage')
  }
  let salvages = 0
  const discardAll = async (note, modified) => {
    await writeFiles(repository, { 'a.txt': `edited ${++salvages}\n` })
    const status = await act(200, 'discard', { all: true })
    assert.deepEqual([status.note, status.modified], [note, modified])
    await writeFiles(repository, { 'a.txt': 'edited\n' })
  }
  await refused(409, { files: ['inner'] }, 'inner/: it is a repository of its own; nothing was discarded: name the other files')
  await discardAll('left as they are: inner/ (a repository of its own)', [])
  assert.match((await act(409, 'stage', { all: true })).error.message, /^could not stage inner\/: it is a repository of its own/)
  await act(200, 'stage', { files: ['a.txt'] })
  await act(200, 'unstage', { all: true })
  await refused(404, { files: ['a.txt', 'none'] }, 'none: there is no such file, and git knows none; nothing was discarded')
  await rm(inner, { recursive: true })

  const there = await makeSharedRepository({ s: '1\n' })
  await git(repository, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', there, 'sub')
  await git(repository, 'commit', '--quiet', '--message=Submodule', '--', 'sub', '.gitmodules')
  const sub = path.join(repository, 'sub')
  await writeFiles(sub, { s: '2\n' })
  const shown = await daemon.want(200, 'GET', `${at}/diff`)
  assert.deepEqual(shown.files.map((file) => file.path), ['a.txt', 'sub'], 'work in a submodule is shown')
  await discardAll('left as they are: sub (a submodule)', ['sub'])
  await git(sub, '-c', 'user.name=T', '-c', 'user.email=t@example.invalid', 'commit', '--quiet', '--all', '--message=Two')
  await discardAll('left as they are: sub (a submodule)', ['sub'])
  await refused(409, { files: ['sub'] }, 'sub: it is a submodule; nothing was discarded: name the other files')
  for (let i = 0; i < 2; i++) assert.deepEqual((await act(200, 'discard', { files: ['a.txt'] })).modified, ['sub'], 'the second time it has no changes')
})

test('a commit before whose hook nothing was staged says so', async () => {
  const { repository, do: act } = await open()
  await writeFiles(repository, { 'a.txt': 'edited\n' })
  assert.match((await act(409, 'commit', { message: 'One' })).error.message, /nothing is staged: stage what the commit should contain$/)
  await addHook(repository, 'pre-commit', 'git add a.txt')
  assert.equal((await act(409, 'commit', { message: 'One' })).error.message, 'could not commit: nothing was staged when it began; a hook has staged files since: commit again')
  assert.equal((await act(200, 'commit', { message: 'One' })).summary, 'One')
})

test('a hook that refuses is quoted, and one that hangs delays no other repository', async () => {
  const { repository, do: act } = await open()
  const other = await open()
  await addHook(repository, 'pre-commit', 'echo "3 tests fail" >&2; exit 1')
  await writeFiles(repository, { 'a.txt': lines(1) })
  const { error } = await act(409, 'commit', { message: 'No', all: true })
  assert.match(error.message, /3 tests fail/)
  assert.deepEqual(error.details.output, ['3 tests fail'])

  // A hook's own patterns mean what they mean outside Muster.
  await addHook(repository, 'pre-commit', 'git diff --cached -- "*.js" | grep -q FORBIDDEN && { echo forbidden >&2; exit 1; } || exit 0')
  await writeFiles(repository, { 'a.js': 'FORBIDDEN\n' })
  await act(200, 'stage', { files: ['a.js'] })
  assert.match((await act(409, 'commit', { message: 'No' })).error.message, /forbidden$/)
  await act(200, 'unstage', { files: ['a.js'] })

  const begun = path.join(await makeFolder('gate'), 'begun')
  await addHook(repository, 'pre-commit', `: >'${begun}'; sleep 600`)
  const stuck = act(409, 'commit', { message: 'Stuck', all: true })
  await until(() => exists(begun), 'the hook runs')
  await writeFiles(other.repository, { 'a.txt': lines(2) })
  await other.do(200, 'commit', { message: 'Elsewhere', all: true })
  assert.deepEqual(await act(200, 'cancel'), { cancelled: 1 })
  assert.match((await stuck).error.message, /was cancelled/)
  assert.equal((await git(repository, 'log', '--format=%s')).trim(), 'First')
  assert.equal(await exists(path.join(repository, '.git/index.lock')), false)
})

test('a remote that wants a password fails at once and says what to do', async (t) => {
  const server = http.createServer((_, answer) => answer.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end())
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { repository, do: act } = await open()
  await git(repository, 'remote', 'set-url', 'origin', `http://127.0.0.1:${server.address().port}/x.git`)
  for (const what of ['fetch', 'push']) {
    const { error } = await act(409, what)
    assert.match(error.message, new RegExp(`^could not ${what}: the remote wants credentials, .* credential helper$`))
  }
})

test('a push that hangs can be cancelled, and does not keep anyone from committing', async () => {
  const { repository, do: act } = await open()
  const there = (await git(repository, 'remote', 'get-url', 'origin')).trim()
  const pushed = await act(200, 'push', { setUpstream: true })
  assert.deepEqual(pushed, { remote: 'origin', branch: 'main', id: (await git(there, 'rev-parse', 'main')).trim() })
  const begun = path.join(await makeFolder('gate'), 'begun')
  await addHook(repository, 'pre-push', `: >'${begun}'; sleep 600`)
  await writeFiles(repository, { 'a.txt': lines(3) })
  await act(200, 'commit', { message: 'Second', all: true })
  const stuck = act(409, 'push')
  await until(() => exists(begun), 'the hook runs')
  await act(200, 'commit', { message: 'Meanwhile', allowEmpty: true })
  await act(200, 'cancel')
  assert.match((await stuck).error.message, /was cancelled/)
  assert.equal((await git(there, 'log', '--format=%s')).trim(), 'First')
})
