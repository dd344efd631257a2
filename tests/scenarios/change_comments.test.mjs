// Comments on lines: they follow their lines, go to the agent in one prompt, and so does a list of conflicts.
import assert from 'node:assert/strict'
import { access, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { git, writeFiles } from '../harness/repository.mjs'
import { Site } from '../harness/site.mjs'

let site
before(async () => {
  site = await Site.open()
})
after(() => site.close())

const routeOf = (worktree) => `/api/workspaces/${site.workspace.id}/worktrees/${worktree.id}`
const lines = (...texts) => texts.join('\n') + '\n'

test('a comment follows its line, and is outdated when the line is gone', async () => {
  const worktree = await site.worktree()
  const at = `${routeOf(worktree)}/comments`
  await writeFiles(worktree.path, { 'a.txt': lines('one', 'two', 'three', 'two') })
  const add = (line, lineText, more = {}) => site.want(201, 'POST', at, { path: 'a.txt', side: 'new', line, lineText, body: `on ${line}`, ...more })
  const [two, three] = [await add(2, 'two'), await add(3, 'three')]
  const old = await add(1, '# Sample', { path: 'README.md', side: 'old' })
  await writeFiles(worktree.path, { 'a.txt': lines('zero', 'one', 'two', 'THREE', 'two'), 'README.md': 'other\n' })
  const { comments } = await site.want(200, 'GET', at)
  const now = Object.fromEntries(comments.map(({ id, currentLine, isOutdated }) => [id, [currentLine, isOutdated]]))
  assert.deepEqual(now, { [two.id]: [3, false], [three.id]: [undefined, true], [old.id]: [1, false] })
  assert.equal((await site.want(200, 'PUT', `${at}/${two.id}`, { body: 'edited' })).body, 'edited')
  await site.want(204, 'DELETE', `${at}/${three.id}`)
  await site.want(404, 'DELETE', `${at}/${three.id}`)
  const { error } = await site.want(409, 'POST', `${at}/send`, {})
  assert.match(error.message, /this worktree has no agent/)
})

test('a deleted comment comes back also when its file is shorter or gone', async () => {
  const worktree = await site.worktree()
  const at = `${routeOf(worktree)}/comments`
  await writeFiles(worktree.path, { 'a.txt': lines('one', 'two', 'three') })
  const { id } = await site.want(201, 'POST', at, { path: 'a.txt', side: 'new', line: 3, lineText: 'three', body: 'Why?' })
  async function again(content) {
    if (content === undefined) await rm(path.join(worktree.path, 'a.txt'))
    else await writeFiles(worktree.path, { 'a.txt': content })
    await site.want(204, 'DELETE', `${at}/${id}`)
    const { currentLine, isOutdated, body } = await site.want(200, 'POST', `${at}/${id}/restore`)
    const { comments } = await site.want(200, 'GET', at)
    assert.deepEqual(comments.map((one) => [one.id, one.currentLine, one.isOutdated, one.body]), [[id, currentLine, isOutdated, body]])
    return [currentLine, isOutdated, body]
  }
  assert.deepEqual(await again(lines('zero', 'one', 'two', 'three')), [4, false, 'Why?'])
  assert.deepEqual(await again(lines('one')), [undefined, true, 'Why?'])
  assert.deepEqual(await again(undefined), [undefined, true, 'Why?'])
})

test('a comment needs a file and a line that are there', async () => {
  const worktree = await site.worktree()
  const at = `${routeOf(worktree)}/comments`
  await writeFiles(worktree.path, { 'a.txt': 'one\ntwo', 'empty.txt': '' })
  const place = { path: 'a.txt', side: 'new', line: 2, lineText: 'two', body: 'Why?' }
  await site.want(201, 'POST', at, place)
  for (const [status, other, message] of [
    [404, { path: '../../etc/passwd' }, /^\.\.\/\.\.\/etc\/passwd is not a file of the worktree/],
    [404, { path: 'missing.txt' }, /^missing\.txt is not a file of the worktree/],
    [404, { path: '.' }, /^\. is not a file of the worktree/],
    [404, { side: 'old' }, /^a\.txt is not a file of the old side/],
    [400, { line: 9999 }, /^a\.txt has 2 lines: there is no line 9999$/],
    [400, { path: 'empty.txt', line: 1 }, /^empty\.txt has 0 lines: there is no line 1$/],
    [400, { path: 'README.md', side: 'old', line: 50 }, /^README\.md has \d+ lines?: there is no line 50$/],
  ]) assert.match((await site.want(status, 'POST', at, { ...place, ...other })).error.message, message)
  assert.equal((await site.want(200, 'GET', at)).comments.length, 1)
})

/** The comments of what a diff shows, one on each line, as the page makes them. */
async function commentOn(worktree, file, side, query = {}) {
  const { files } = await site.want(200, 'GET', `${routeOf(worktree)}/diff?${new URLSearchParams({ path: file, ...query })}`)
  const shown = files[0].hunks.flatMap((hunk) => hunk.lines).filter(({ type }) => type === (side === 'old' ? 'removed' : 'added'))
  const added = []
  for (const { text, oldLine, newLine } of shown) {
    const comment = { path: file, side, line: side === 'old' ? oldLine : newLine, lineText: text, body: 'Why?', ...(query.from && side === 'old' && { from: query.from }) }
    added.push(await site.want(201, 'POST', `${routeOf(worktree)}/comments`, comment))
  }
  return added
}

test('a line in any encoding, of any length and of any side is found as it was shown', async () => {
  const worktree = await site.worktree()
  const at = `${routeOf(worktree)}/comments`
  const placed = async () => Object.fromEntries((await site.want(200, 'GET', at)).comments.map(({ id, currentLine, isOutdated }) => [id, isOutdated ? undefined : currentLine]))
  const bytes = Buffer.concat([Buffer.from('caf\xe9 "x"\r\n', 'latin1'), Buffer.from(`${'y'.repeat(100_000)}\n`), Buffer.from('\xff'.repeat(9000) + 'a\n', 'latin1')])
  await writeFile(path.join(worktree.path, 'new.txt'), bytes)
  const fresh = await commentOn(worktree, 'new.txt', 'new')
  assert.equal(fresh.length, 3)
  assert.deepEqual(await placed(), { [fresh[0].id]: 1, [fresh[1].id]: 2, [fresh[2].id]: 3 })
  await writeFile(path.join(worktree.path, 'new.txt'), Buffer.concat([Buffer.from('first\n'), bytes.subarray(0, 20)]))
  assert.deepEqual(await placed(), { [fresh[0].id]: 2, [fresh[1].id]: undefined, [fresh[2].id]: undefined })

  await writeFiles(worktree.path, { 'README.md': '# Committed\n' })
  const ofHead = await commentOn(worktree, 'README.md', 'old')
  await git(worktree.path, 'commit', '--quiet', '--all', '--message=over it')
  await writeFiles(worktree.path, { 'README.md': '# Staged\n' })
  await git(worktree.path, 'add', '--all')
  await writeFiles(worktree.path, { 'README.md': '# Worktree\n' })
  const sides = []
  for (const from of ['base', 'head', 'index', await git(worktree.path, 'rev-parse', 'HEAD')]) sides.push(...(await commentOn(worktree, 'README.md', 'old', { from })))
  assert.deepEqual(sides.map(({ lineText }) => lineText), ['# Sample', '# Committed', '# Staged', '# Committed'])
  const now = await placed()
  assert.deepEqual(sides.map(({ id }) => now[id]), [1, 1, 1, 1])
  assert.equal(now[ofHead[0].id], undefined, 'HEAD no longer has that line')
  const place = { path: 'README.md', line: 1, lineText: '', body: 'b' }
  assert.deepEqual((await site.want(400, 'POST', at, { ...place, side: 'old', from: 'HEAD~1' })).error.details.from.length, 1)
  await site.want(400, 'POST', at, { ...place, side: 'new', from: 'head' })
})

test('comments on equal lines each have the nearest one', async () => {
  const worktree = await site.worktree()
  const at = `${routeOf(worktree)}/comments`
  const text = Array.from({ length: 40 }, (_, n) => (n % 4 === 3 ? '}' : `line ${n}`))
  await writeFiles(worktree.path, { 'c.txt': lines(...text, ...text, ...text) })
  for (const line of [1, 4, 5, 6, 7, 40, 90]) await site.want(201, 'POST', at, { path: 'c.txt', side: 'new', line, lineText: '}', body: 'b' })
  await writeFiles(worktree.path, { 'c.txt': lines(...text) })
  const { comments } = await site.want(200, 'GET', at)
  assert.deepEqual(comments.map(({ line, currentLine }) => [line, currentLine]), [[1, 4], [4, 4], [5, 4], [6, 4], [7, 8], [40, 40], [90, 40]])
})

test('all comments reach the agent as one prompt, once', async () => {
  const agent = await site.agent()
  const at = `${routeOf(agent.worktree)}/comments`
  await writeFiles(agent.worktree.path, { 'b.txt': lines('first', 'second') })
  for (const [line, lineText] of [[2, 'second'], [1, 'first']])
    await site.want(201, 'POST', at, { path: 'b.txt', side: 'new', line, lineText, body: `about ${lineText}` })
  const sent = await site.want(200, 'POST', `${at}/send`, { text: 'Please look. @@short' })
  assert.deepEqual([sent.agentId, sent.sent], [agent.id, 2])
  const { messages } = await site.want(200, 'GET', `${agent.route}/messages`)
  const prompt = messages.find(({ id }) => id === sent.messageId)
  assert.equal(prompt.content, 'Please look. @@short\n\nb.txt:1\n> first\nabout first\n\nb.txt:2\n> second\nabout second\n')
  await site.want(409, 'POST', `${at}/send`, {})
  const [first] = (await site.want(200, 'GET', at)).comments
  assert.ok(first.sentAt)
  assert.equal((await site.want(200, 'PUT', `${at}/${first.id}`, { body: 'on second thought' })).sentAt, undefined)
  assert.equal((await site.want(200, 'POST', `${at}/send`, {})).sent, 1, 'what was edited is sent again')
  await site.want(404, 'POST', `${at}/send`, { commentIds: [`cmt_${'0'.repeat(26)}`] })
  await agent.leave()
})

test('comments of a prompt that is never answered can be sent again', async () => {
  const worktree = await site.worktree()
  const at = `${routeOf(worktree)}/comments`
  const live = await site.daemon.connect()
  const topic = await live.subscribe(`workspace/${site.workspace.id}`)
  await writeFiles(worktree.path, { 'e.txt': lines('e', 'f') })
  const ids = []
  for (const [line, lineText] of [[1, 'e'], [2, 'f']]) ids.push((await site.want(201, 'POST', at, { path: 'e.txt', side: 'new', line, lineText, body: 'Why?' })).id)
  const sent = async () => (await site.want(200, 'GET', at)).comments.map(({ sentAt, messageId }) => [Boolean(sentAt), messageId])
  const newAgent = async (name) => (await site.want(201, 'POST', '/api/agents', { worktreeId: worktree.id, name })).id
  const withdraw = (agentId, messageId) => site.want(204, 'DELETE', `/api/agents/${agentId}/messages/${messageId}`)
  const waits = await newAgent('waits')

  const first = await site.want(200, 'POST', `${at}/send`, {})
  assert.deepEqual(await sent(), [[true, first.messageId], [true, first.messageId]])
  const again = await site.want(200, 'POST', `${at}/send`, { commentIds: [ids[1]] })
  const shorter = await site.want(200, 'PUT', `/api/agents/${waits}/messages/${first.messageId}`, { content: 'Only the first.' })
  assert.equal(shorter.content, 'Only the first.')
  assert.deepEqual((await sent())[0], [true, first.messageId], 'an edited prompt keeps its comments')
  await withdraw(waits, first.messageId)
  assert.deepEqual(await sent(), [[false, undefined], [true, again.messageId]], 'the other prompt still has the second one')
  await withdraw(waits, again.messageId)
  await topic.waitFor('workspace_updated', ({ change, data }) => change === 'comment_unsent' && data.messageId === again.messageId)
  const news = topic.events.map(({ payload }) => payload).filter(({ change }) => change === 'comment_unsent')
  assert.deepEqual(news.map(({ data }) => data), [
    { worktreeId: worktree.id, messageId: first.messageId, commentIds: [ids[0]] },
    { worktreeId: worktree.id, messageId: again.messageId, commentIds: [ids[1]] },
  ])

  assert.equal((await site.want(200, 'POST', `${at}/send`, {})).sent, 2)
  await site.want(204, 'DELETE', `/api/agents/${waits}`)
  assert.deepEqual((await sent()).map(([isSent]) => isSent), [true, true], 'an archived agent keeps its queue')
  await site.want(204, 'DELETE', `/api/agents/${waits}?archive=false`)
  assert.deepEqual(await sent(), [[false, undefined], [false, undefined]])
  await newAgent('next')
  assert.equal((await site.want(200, 'POST', `${at}/send`, {})).sent, 2)
  await live.close()
})

test('conflicts are handed to the agent with the list of files', async () => {
  const agent = await site.agent()
  const { path: folder } = agent.worktree
  await site.want(409, 'POST', `${routeOf(agent.worktree)}/merge/hand-over`, {})
  for (const [where, text] of [[folder, 'mine'], [site.repository, 'base']]) {
    await writeFiles(where, { 'c.txt': `${text}\n` })
    await git(where, 'add', '--all')
    await git(where, 'commit', '--quiet', `--message=${text}`)
  }
  await site.want(200, 'POST', `${routeOf(agent.worktree)}/merge`, {})
  const handed = await site.want(200, 'POST', `${routeOf(agent.worktree)}/merge/hand-over`, {})
  assert.deepEqual([handed.agentId, handed.conflictCount], [agent.id, 1])
  const { messages } = await site.want(200, 'GET', `${agent.route}/messages`)
  assert.match(messages.find(({ id }) => id === handed.messageId).content, /1 file in conflict:\n- c\.txt \(bothAdded\)\n$/)

  const { id: waits } = await site.want(201, 'POST', '/api/agents', { worktreeId: agent.worktree.id, name: 'waits' })
  const handOver = (text) => site.want(200, 'POST', `${routeOf(agent.worktree)}/merge/hand-over`, { agentId: waits, ...(text && { text }) })
  const [once, twice, otherwise] = [await handOver(), await handOver(), await handOver('Only explain them.')]
  assert.deepEqual([twice.messageId === once.messageId, otherwise.messageId === once.messageId], [true, false])
  assert.equal((await site.want(200, 'GET', `/api/agents/${waits}/messages`)).messages.length, 2)

  await writeFiles(folder, { 'c.txt': 'half resolved\n' })
  assert.equal((await site.want(200, 'POST', `${routeOf(agent.worktree)}/merge/abort`, {})).inProgress, 'none')
  const { salvages } = await site.want(200, 'GET', `${routeOf(agent.worktree)}/salvages`)
  const abort = salvages.find(({ act }) => act === 'abort_merge')
  assert.equal(await git(folder, 'show', `${abort.commit}:files/c.txt`), 'half resolved')
  await agent.leave()
})

test('what a repository says is typed into no terminal', async () => {
  const worktree = await site.worktree()
  const at = routeOf(worktree)
  const shell = await site.want(201, 'POST', '/api/agents', { worktreeId: worktree.id, name: 'shell', adapter: 'terminal', command: ['/bin/sh'] })
  await site.want(200, 'POST', `/api/agents/${shell.id}/start`, {})
  const hostile = { 'touch x': 'mine\n', 'a\n- b': 'mine\n' }
  for (const [where, text] of [[worktree.path, 'mine'], [site.repository, 'base']]) {
    await writeFiles(where, Object.fromEntries(Object.keys(hostile).map((name) => [name, `${text}\n`])))
    await git(where, 'add', '--all')
    await git(where, 'commit', '--quiet', `--message=hostile ${text}`)
  }
  await site.want(200, 'POST', `${at}/merge`, {})
  await writeFiles(worktree.path, { 'keep.txt': 'kept\n' })
  await site.want(201, 'POST', `${at}/comments`, { path: 'touch x', side: 'new', line: 1, lineText: 'keep.txt\u001b[31m\rtouch y', body: 'touch z' })
  for (const route of ['comments/send', 'merge/hand-over'])
    for (const body of [{}, { agentId: shell.id }])
      assert.match((await site.want(409, 'POST', `${at}/${route}`, body)).error.message, /agent shell runs a command in a terminal/, `${route} ${JSON.stringify(body)}`)
  assert.equal((await site.want(200, 'GET', `${at}/comments`)).comments[0].sentAt, undefined)
  assert.deepEqual((await site.want(200, 'GET', `/api/agents/${shell.id}/messages`)).messages, [])

  const { id } = await site.want(201, 'POST', '/api/agents', { worktreeId: worktree.id, name: 'reads prompts' })
  const sent = await site.want(200, 'POST', `${at}/comments/send`, {})
  const handed = await site.want(200, 'POST', `${at}/merge/hand-over`, {})
  assert.deepEqual([sent.agentId, handed.agentId], [id, id])
  const { messages } = await site.want(200, 'GET', `/api/agents/${id}/messages`)
  const text = (messageId) => messages.find((message) => message.id === messageId).content
  assert.equal(text(sent.messageId), 'Comments on your changes:\n\ntouch x:1 (the line has changed since)\n> keep.txttouch y\ntouch z\n')
  assert.match(text(handed.messageId), /2 files in conflict:\n- "a\\n- b" \(bothAdded\)\n- touch x \(bothAdded\)\n$/)
  assert.deepEqual((await readdir(worktree.path)).filter((name) => ['x', 'y', 'z'].includes(name)), [])
  await access(path.join(worktree.path, 'keep.txt'))
  await site.want(200, 'POST', `/api/agents/${shell.id}/stop`)
})

test('comments, a base branch, a landing and its undo are events of the workspace', async () => {
  const agent = await site.agent()
  const at = routeOf(agent.worktree)
  const live = await site.daemon.connect()
  const topic = await live.subscribe(`workspace/${site.workspace.id}`)
  await writeFiles(agent.worktree.path, { 'd.txt': 'd\n' })
  const comment = await site.want(201, 'POST', `${at}/comments`, { path: 'd.txt', side: 'new', line: 1, lineText: 'd', body: 'first' })
  await site.want(200, 'PUT', `${at}/comments/${comment.id}`, { body: 'second' })
  const { messageId } = await site.want(200, 'POST', `${at}/comments/send`, {})
  await site.want(204, 'DELETE', `${at}/comments/${comment.id}`)
  await git(agent.worktree.path, 'add', '--all')
  await git(agent.worktree.path, 'commit', '--quiet', '--message=d')
  const base = `/api/workspaces/${site.workspace.id}/base`
  await git(site.repository, 'branch', 'lands-here', agent.worktree.branch + '~1')
  await site.want(200, 'PUT', base, { branch: 'lands-here' })
  const landing = await site.want(200, 'POST', `${at}/land`, { how: 'ff' })
  await site.want(200, 'POST', `${at}/land/undo`, {})
  assert.deepEqual(await site.want(200, 'PUT', base, {}), { branch: 'main', isDefault: true })
  const isOurs = ({ change }) => /^(comment_|base_|land)/.test(change)
  await topic.waitFor('workspace_updated', ({ change, data }) => change === 'base_changed' && data.isDefault)
  const seen = topic.events.map(({ payload }) => payload).filter(isOurs).slice(-8)
  assert.deepEqual(seen.map(({ change }) => change), ['comment_added', 'comment_updated', 'comment_sent', 'comment_removed', 'base_changed', 'landed', 'landing_undone', 'base_changed'])
  assert.deepEqual(seen[1].data.body, 'second')
  assert.deepEqual(seen[2].data, { worktreeId: agent.worktree.id, agentId: agent.id, messageId, commentIds: [comment.id] })
  assert.deepEqual([seen[4].data, seen[5].data.toId], [{ branch: 'lands-here', isDefault: false }, landing.toId])
  await live.close()
  await agent.leave()
})

test('each discard names what it has set aside, and undoing one brings back that one', async () => {
  const worktree = await site.worktree()
  await writeFiles(worktree.path, { 'a.txt': 'a\n', 'b.txt': 'b\n' })
  const discard = async (file) => (await site.want(200, 'POST', `${routeOf(worktree)}/discard`, { files: [file] })).salvageId
  const first = await discard('a.txt')
  const second = await discard('b.txt')
  assert.notEqual(first, second)
  await site.want(200, 'POST', `${routeOf(worktree)}/salvages/${first}/restore`, { paths: ['a.txt'] })
  assert.equal(await git(worktree.path, 'status', '--porcelain'), '?? a.txt')
  assert.equal('salvageId' in (await site.want(200, 'GET', `${routeOf(worktree)}/status`)), false)
})

test('what is discarded comes back from its salvage', async () => {
  const worktree = await site.worktree()
  await writeFiles(worktree.path, { 'README.md': '# Changed\n', 'new.txt': 'new\n' })
  const status = await site.want(200, 'POST', `${routeOf(worktree)}/discard`, { files: ['README.md', 'new.txt'] })
  assert.equal(status.isClean, true)
  const { salvages } = await site.want(200, 'GET', `${routeOf(worktree)}/salvages`)
  assert.deepEqual(salvages.map(({ act }) => act), ['discard_changes'])
  const [{ id }] = salvages
  const since = async (route) => (await site.want(200, 'GET', `${route}/diff?from=${id}&hunks=false`)).files.map(({ path: file, status: how, added, removed }) => [file, how, added, removed])
  assert.deepEqual(await since(routeOf(worktree)), [['README.md', 'modified', 1, 1], ['new.txt', 'deleted', 0, 1]])
  const other = await site.worktree()
  assert.deepEqual(await since(routeOf(other)), [['README.md', 'modified', 1, 1], ['new.txt', 'deleted', 0, 1]])
  await site.want(404, 'GET', `${routeOf(other)}/diff?from=slv_${'0'.repeat(26)}`)
  await site.want(200, 'POST', `${routeOf(worktree)}/salvages/${salvages[0].id}/restore`, {})
  assert.equal(await git(worktree.path, 'status', '--porcelain'), ' M README.md\n?? new.txt')
})
