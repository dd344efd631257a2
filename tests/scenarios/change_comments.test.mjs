// Comments on lines: they follow their lines, go to the agent in one prompt, and so does a list of conflicts.
import assert from 'node:assert/strict'
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
  await site.want(404, 'POST', `${at}/send`, { commentIds: [`cmt_${'0'.repeat(26)}`] })
  await agent.leave()
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

  await writeFiles(folder, { 'c.txt': 'half resolved\n' })
  assert.equal((await site.want(200, 'POST', `${routeOf(agent.worktree)}/merge/abort`, {})).inProgress, 'none')
  const { salvages } = await site.want(200, 'GET', `${routeOf(agent.worktree)}/salvages`)
  const abort = salvages.find(({ act }) => act === 'abort_merge')
  assert.equal(await git(folder, 'show', `${abort.commit}:files/c.txt`), 'half resolved')
  await agent.leave()
})

test('what is discarded comes back from its salvage', async () => {
  const worktree = await site.worktree()
  await writeFiles(worktree.path, { 'README.md': '# Changed\n', 'new.txt': 'new\n' })
  const status = await site.want(200, 'POST', `${routeOf(worktree)}/discard`, { files: ['README.md', 'new.txt'] })
  assert.equal(status.isClean, true)
  const { salvages } = await site.want(200, 'GET', `${routeOf(worktree)}/salvages`)
  assert.deepEqual(salvages.map(({ act }) => act), ['discard_changes'])
  await site.want(200, 'POST', `${routeOf(worktree)}/salvages/${salvages[0].id}/restore`, {})
  assert.equal(await git(worktree.path, 'status', '--porcelain'), ' M README.md\n?? new.txt')
})
