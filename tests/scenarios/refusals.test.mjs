// What cannot be done is refused with a reason that a person can act on, and leaves everything as it was.
import assert from 'node:assert/strict'
import { mkdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Daemon, makeFolder } from '../harness/daemon.mjs'
import { addressOf, bodyOf, calls, contextOf } from '../harness/operations.mjs'
import { changes, git, makeRepository } from '../harness/repository.mjs'

const exists = (file) => stat(file).then(() => true, () => false)

describe('a refusal', () => {
  let daemon, repository, workspace

  const refuse = async (status, code, pattern, ...call) => {
    const { status: got, body } = await daemon.api(...call)
    assert.equal(got, status, `${call[0]} ${call[1]}: ${JSON.stringify(body)}`)
    assert.equal(body.error.code, code)
    assert.match(body.error.message, pattern)
    return body.error
  }
  const makeWorktree = (input) =>
    daemon.want(201, 'POST', `/api/workspaces/${workspace.id}/worktrees`, { createBranch: true, branch: input.name, ...input })

  before(async () => {
    daemon = await Daemon.start({ env: { PATH: '/usr/bin:/bin' } })
    await daemon.want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
    repository = await makeRepository()
    workspace = await daemon.want(201, 'POST', '/api/workspaces', { path: repository })
  })
  after(() => daemon.remove())

  test('of a path that is not a repository is 400 and names it', async () => {
    const folder = await makeFolder('plain')
    await refuse(400, 'VALIDATION_ERROR', /repository/, 'POST', '/api/workspaces', { path: folder })
    await writeFile(path.join(folder, 'file'), '')
    await refuse(400, 'VALIDATION_ERROR', /repository|folder/, 'POST', '/api/workspaces', { path: path.join(folder, 'file') })
    const bare = path.join(folder, 'bare.git')
    await mkdir(bare)
    await git(bare, 'init', '--quiet', '--bare')
    const { status } = await daemon.api('POST', '/api/workspaces', { path: bare })
    assert.equal(status, 400)
  })

  test('of a path that does not exist, or is relative, is a client error that names it', async () => {
    const gone = path.join(os.tmpdir(), 'no-such-folder')
    const { status, body } = await daemon.api('POST', '/api/workspaces', { path: gone })
    assert.ok([400, 404].includes(status), JSON.stringify(body))
    assert.match(body.error.message, /no-such-folder/)
    assert.equal((await daemon.api('POST', '/api/workspaces', { path: 'here' })).status, 400)
  })

  test('of the same repository a second time is 409, however it is named', async () => {
    await refuse(409, 'CONFLICT', /open/, 'POST', '/api/workspaces', { path: repository })
    await refuse(409, 'CONFLICT', /open/, 'POST', '/api/workspaces', { path: `${repository}/./` })
    const link = path.join(await makeFolder('link'), 'link')
    await symlink(repository, link)
    await refuse(409, 'CONFLICT', /open/, 'POST', '/api/workspaces', { path: link })
    assert.equal((await daemon.want(200, 'GET', '/api/workspaces')).workspaces.length, 1)
  })

  test('of a path outside workspace.roots is 403, also through a link', async () => {
    await refuse(403, 'FORBIDDEN', /workspace\.roots/, 'POST', '/api/workspaces', { path: '/usr' })
    await refuse(403, 'FORBIDDEN', /workspace\.roots/, 'GET', '/api/browse?path=/usr')
    await refuse(403, 'FORBIDDEN', /workspace\.roots/, 'GET', `/api/browse?path=${os.tmpdir()}/../../usr`)
    const link = path.join(await makeFolder('out'), 'out')
    await symlink('/usr', link)
    await refuse(403, 'FORBIDDEN', /workspace\.roots/, 'GET', `/api/browse?path=${link}`)
    const outside = { name: 'outside', branch: 'outside', createBranch: true, path: '/usr/outside' }
    await refuse(403, 'FORBIDDEN', /workspace\.roots/, 'POST', `/api/workspaces/${workspace.id}/worktrees`, outside)
    assert.equal(await exists('/usr/outside'), false)
    assert.equal(await git(repository, 'branch', '--list', 'outside'), '')
  })

  test('of an agent or a message that makes no sense is 400', async () => {
    const { worktrees } = await daemon.want(200, 'GET', `/api/workspaces/${workspace.id}/worktrees`)
    const agent = (more) => ['POST', '/api/agents', { worktreeId: worktrees[0].id, ...more }]
    await refuse(400, 'VALIDATION_ERROR', /own program/, ...agent({ command: ['sh'] }))
    await refuse(400, 'VALIDATION_ERROR', /requires a command/, ...agent({ adapter: 'terminal' }))
    await refuse(400, 'VALIDATION_ERROR', /requires a command/, ...agent({ adapter: 'terminal', command: [''] }))
    await refuse(400, 'VALIDATION_ERROR', /white space/, ...agent({ initialPrompt: ' \n ' }))
    const { id } = await daemon.want(201, ...agent({}))
    await refuse(400, 'VALIDATION_ERROR', /white space/, 'POST', `/api/agents/${id}/message`, { content: ' ' })
  })

  test('of a branch, or a folder, that exists is 409', async () => {
    const route = `/api/workspaces/${workspace.id}/worktrees`
    const worktree = await makeWorktree({ name: 'taken' })
    await refuse(409, 'CONFLICT', /main/, 'POST', route, { name: 'again', branch: 'main', createBranch: true })
    await refuse(409, 'CONFLICT', /taken/, 'POST', route, { name: 'again', branch: 'taken', createBranch: true })
    await refuse(409, 'CONFLICT', /taken/, 'POST', route, { name: 'again', branch: 'taken' })
    await refuse(409, 'CONFLICT', /exists/, 'POST', route, { name: 'taken', branch: 'other', createBranch: true })
    assert.equal(await git(repository, 'branch', '--list', 'other'), '')
    assert.equal(await exists(`${repository}-again`), false)
    const listed = await git(repository, 'worktree', 'list', '--porcelain')
    assert.equal(listed.match(/^worktree /gm).length, 2)
    assert.ok(worktree.id)
  })

  test('of an invalid or missing branch names it', async () => {
    const route = `/api/workspaces/${workspace.id}/worktrees`
    for (const branch of ['a..b', '-x', 'a b', 'x.lock', 'HEAD', '@', '@{-1}', 'refs/heads/']) {
      const { status, body } = await daemon.api('POST', route, { name: 'odd', branch, createBranch: true })
      assert.ok([400, 409].includes(status), `${branch}: ${status} ${JSON.stringify(body)}`)
      assert.notEqual(body.error.code, 'GIT_ERROR', branch)
    }
    const { status, body } = await daemon.api('POST', route, { name: 'odd', branch: 'no-such-branch' })
    assert.ok([400, 404].includes(status), JSON.stringify(body))
    assert.match(body.error.message, /no-such-branch/)
    assert.equal(await exists(`${repository}-odd`), false)
  })

  test('of a name that no file system accepts is 400, and nothing half-made stays', async () => {
    const route = `/api/workspaces/${workspace.id}/worktrees`
    const long = 'a'.repeat(255)
    const [{ id }] = (await daemon.want(200, 'GET', route)).worktrees
    const before = [await git(repository, 'worktree', 'list', '--porcelain'), await git(repository, 'for-each-ref', 'refs/heads', 'refs/tags', 'refs/remotes')]
    for (const call of [
      ['POST', '/api/workspaces', { path: `/tmp/${long}a` }],
      ['GET', `/api/browse?path=/tmp/${long}a`],
      ['POST', route, { name: long, branch: 'long-folder', createBranch: true }],
      ['POST', route, { name: 'long-branch', branch: long, createBranch: true }],
      ['POST', route, { name: 'long-path', branch: 'long-path', createBranch: true, path: `${repository}-${long}` }],
      ['POST', `${route}/${id}/checkout`, { branch: long, createBranch: true }],
    ]) {
      await refuse(400, 'VALIDATION_ERROR', /too long|more than 255 bytes/, ...call)
    }
    assert.deepEqual([await git(repository, 'worktree', 'list', '--porcelain'), await git(repository, 'for-each-ref', 'refs/heads', 'refs/tags', 'refs/remotes')], before)
  })

  test('of a start whose CLI is missing is 409 MISSING_CLI with the command that installs it', async () => {
    const worktree = await makeWorktree({ name: 'cli' })
    const agent = await daemon.want(201, 'POST', '/api/agents', { worktreeId: worktree.id, initialPrompt: 'Hello' })
    await refuse(409, 'MISSING_CLI', /npm install -g @anthropic-ai\/claude-code/, 'POST', `/api/agents/${agent.id}/start`, {})
    await daemon.want(200, 'PUT', '/api/settings/agent.claude_path', { value: '/no/such/claude' })
    await refuse(409, 'MISSING_CLI', /\/no\/such\/claude/, 'POST', `/api/agents/${agent.id}/start`, {})
    const row = await daemon.want(200, 'GET', `/api/agents/${agent.id}`)
    assert.deepEqual([row.status, row.statusReason], ['error', 'missing_cli'])
    assert.match(row.statusDetail, /\/no\/such\/claude/)
    const { messages } = await daemon.want(200, 'GET', `/api/agents/${agent.id}/messages`)
    assert.deepEqual(messages.map(({ content }) => content), ['Hello'])
    const terminal = { worktreeId: worktree.id, adapter: 'terminal', command: ['no-such-program'] }
    const other = await daemon.want(201, 'POST', '/api/agents', terminal)
    await refuse(409, 'MISSING_CLI', /no-such-program/, 'POST', `/api/agents/${other.id}/start`, {})
  })

  test('of what belongs to a missing repository is 404, and it works again when the repository is back', async () => {
    const own = await makeRepository({ 'a.txt': 'a\n' }, 'moving')
    const opened = await daemon.want(201, 'POST', '/api/workspaces', { path: own })
    const [main] = (await daemon.want(200, 'GET', `/api/workspaces/${opened.id}/worktrees`)).worktrees
    const agent = await daemon.want(201, 'POST', '/api/agents', { worktreeId: main.id, adapter: 'terminal', command: ['true'] })
    const base = `/api/workspaces/${opened.id}`
    const linked = await daemon.want(201, 'POST', `${base}/worktrees`, { name: 'linked', branch: 'linked', createBranch: true })
    await rename(own, `${own}-away`)
    await refuse(404, 'NOT_FOUND', /moving/, 'POST', `${base}/refresh`)
    await refuse(404, 'NOT_FOUND', /moving/, 'GET', `${base}/worktrees/${main.id}/status`)
    await refuse(404, 'NOT_FOUND', /repository of moving/, 'GET', `${base}/worktrees/${linked.id}/status`)
    await refuse(404, 'NOT_FOUND', /moving/, 'GET', `${base}/worktrees/${main.id}/branches`)
    await refuse(404, 'NOT_FOUND', /moving/, 'GET', `${base}/worktrees/${main.id}/diff`)
    await refuse(404, 'NOT_FOUND', /moving/, 'POST', `${base}/worktrees`, { name: 'n', branch: 'n', createBranch: true })
    await refuse(404, 'NOT_FOUND', /moving/, 'POST', `${base}/worktrees/${main.id}/checkout`, { branch: 'n', createBranch: true })
    await refuse(404, 'NOT_FOUND', /moving/, 'POST', `/api/agents/${agent.id}/start`, {})
    await daemon.want(200, 'GET', '/api/workspaces')
    await rename(`${own}-away`, own)
    await daemon.want(200, 'GET', `${base}/worktrees/${main.id}/status`)
    await rm(own, { recursive: true })
    await daemon.want(204, 'DELETE', base)
  })

  describe('of what does not exist is 404', async () => {
    const ID = /"(?:ws|wt|ag|lpr|scr|srn|trm|lch|msg|ask|slv|trs|cmt|err)_0{26}"/
    /** What narrows a list finds nothing. */
    const FILTERS = ['list_agents', 'list_terminals']
    const naming = (await calls(contextOf({}))).filter(({ op, input }) => ID.test(JSON.stringify(input)) && !FILTERS.includes(op.name))
    assert.ok(naming.length > 60)
    for (const { op, input } of naming)
      test(op.name, async () => {
        const { status, body } = await daemon.api(op.method, addressOf(op, input), bodyOf(op, input))
        assert.deepEqual([status, body.error?.code], [404, 'NOT_FOUND'], JSON.stringify(body))
      })
    test('also of one row in another that exists', async () => {
      const [{ id }] = (await daemon.want(200, 'GET', `/api/workspaces/${workspace.id}/worktrees`)).worktrees
      const agent = await daemon.want(201, 'POST', '/api/agents', { worktreeId: id, adapter: 'terminal', command: ['true'] })
      for (const { op, input } of await calls(contextOf({ workspaceId: workspace.id, worktreeId: id, agentId: agent.id }))) {
        if (!/_0{26}"/.test(JSON.stringify(input))) continue
        const { status, body } = await daemon.api(op.method, addressOf(op, input), bodyOf(op, input))
        assert.deepEqual([status, body.error?.code], [404, 'NOT_FOUND'], `${op.name}: ${JSON.stringify(body)}`)
      }
    })
    test('and of what is no operation', async () => {
      for (const call of [['PUT', '/api/settings/no.such.setting', { value: '1' }], ['GET', '/api/no/such/route']]) {
        const { status, body } = await daemon.api(...call)
        assert.deepEqual([status, body.error.code], [404, 'NOT_FOUND'])
      }
      assert.equal((await daemon.api('PATCH', '/api/workspaces', {})).status, 405)
    })
  })

  test('of a setting out of its range names the value', async () => {
    for (const [name, value] of [['max_context_warning', '0'], ['max_context_warning', '101'], ['agent.memory_mib', 'much'], ['launch.min_free_mib', '-1'], ['launch.min_free_mib', '1.5']]) {
      const error = await refuse(400, 'VALIDATION_ERROR', /whole number/, 'PUT', `/api/settings/${name}`, { value })
      assert.ok(error.details.value, name)
    }
  })

  test('leaves the repository clean', async () => {
    assert.deepEqual(await changes(repository), [])
  })
})
