// The real gh, whose requests go to a socket here: what it takes, prints and refuses is what the stand-in imitates.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makeFolder } from '../harness/daemon.mjs'
import { answer } from '../harness/host_world.mjs'
import { SAMPLE } from '../harness/hosts.mjs'
import { git, writeFiles } from '../harness/repository.mjs'
import { Site } from '../harness/site.mjs'

describe('the real gh', () => {
  const world = { host: 'github.com', project: 'acme/sample', login: 'octo', ...structuredClone(SAMPLE) }
  const requests = []
  let server, site, host, config, failure
  const want = (...call) => site.want(...call)

  function reply(request, response, body) {
    requests.push({ method: request.method, url: request.url, authorization: request.headers.authorization })
    const { status, type = 'application/json; charset=utf-8', body: out } = failure ?? answer('github', world, { method: request.method, path: request.url.slice(1), body })
    response.writeHead(status, { 'content-type': type }).end(typeof out === 'string' ? out : JSON.stringify(out))
  }

  before(async () => {
    const folder = await makeFolder('gh')
    config = path.join(folder, 'config')
    await mkdir(config)
    await writeFile(path.join(config, 'config.yml'), `http_unix_socket: ${path.join(folder, 'socket')}\n`)
    await writeFile(path.join(config, 'hosts.yml'), 'github.com:\n    user: octo\n    oauth_token: not-a-token\n    git_protocol: ssh\n')
    server = createServer((request, response) => {
      const parts = []
      request.on('data', (part) => parts.push(part)).on('end', () => reply(request, response, Buffer.concat(parts).toString()))
    })
    server.listen(path.join(folder, 'socket'))
    await once(server, 'listening')
    site = await Site.open({ model: { env: { GH_CONFIG_DIR: config } } })
    await symlink('/usr/bin/gh', path.join(site.daemon.options.env.PATH.split(':')[0], 'gh')) // Debian's package
    await git(site.repository, 'push', '--quiet', 'origin', 'main')
    const there = (await git(site.repository, 'remote', 'get-url', 'origin')).trim()
    await git(site.repository, 'remote', 'set-url', '--push', 'origin', there)
    await git(site.repository, 'remote', 'set-url', 'origin', 'https://github.com/acme/sample.git')
    host = `/api/workspaces/${site.workspace.id}/host`
  })
  after(async () => {
    await site.close()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })

  test('says who is logged in, with the login that it has itself', async () => {
    const info = await want(200, 'GET', host)
    assert.deepEqual([info.login, info.isReady, info.program], ['octo', true, 'gh'])
    assert.match(info.version, /^\d+\.\d+\.\d+/)
    assert.deepEqual(requests.at(-1), { method: 'GET', url: '/user', authorization: 'token not-a-token' })
  })

  test('hands over each query, and what is answered', async () => {
    assert.deepEqual((await want(200, 'GET', `${host}/pulls?limit=1`)).pullRequests.map(({ number }) => number), [9])
    assert.equal((await want(200, 'GET', `${host}/pulls/8`)).review, 'approved')
    assert.equal((await want(200, 'GET', `${host}/pulls/8/checks`)).checks.length, 4)
    assert.equal((await want(200, 'GET', `${host}/pulls/8/comments`)).comments.length, 4)
    assert.equal((await want(200, 'GET', `${host}/issues`)).issues.length, 1)
    assert.match((await want(200, 'GET', `${host}/issues/12`)).body, /## Steps/)
    assert.ok(requests.slice(1).every(({ method, url }) => method === 'POST' && url === '/graphql'))
  })

  test('opens a pull request with words that it could take for its own', async () => {
    const worktree = await site.worktree('topic-1')
    await writeFiles(worktree.path, { 'work.txt': 'x\n' })
    await git(worktree.path, 'add', '--all')
    await git(worktree.path, 'commit', '--quiet', '--message=x')
    const input = { title: '--draft {owner} @/etc/passwd', body: '@/etc/passwd\n{repo}', draft: false }
    const made = await want(201, 'POST', `/api/workspaces/${site.workspace.id}/worktrees/${worktree.id}/pulls`, input)
    const row = world.pulls.find(({ number }) => number === made.number)
    assert.deepEqual([row.title, row.body, row.head, row.base, row.draft], [input.title, input.body, 'topic-1', 'main', false])
    const again = await want(201, 'POST', `/api/workspaces/${site.workspace.id}/worktrees/${worktree.id}/pulls`, input)
    assert.deepEqual([again.number, again.existed], [made.number, true])
  })

  test('reports what went wrong in words that are understood', async () => {
    assert.match((await want(404, 'GET', `${host}/pulls/77`)).error.message, /Could not resolve to a PullRequest with the number of 77/)
    const cases = [
      [{ status: 401, body: { message: 'Bad credentials' } }, 409, /^gh is not logged in to github\.com/],
      [{ status: 403, body: { message: 'API rate limit exceeded for user ID 1.' } }, 429, /^github\.com refuses further calls of gh for now: .*rate limit/],
      [{ status: 429, body: { message: 'Too many' } }, 429, /refuses further calls/],
      [{ status: 404, body: { message: 'Not Found' } }, 404, /Not Found/],
      [{ status: 500, body: { message: 'Oops' } }, 502, /^gh failed with exit code 1: .*Oops/],
      [{ status: 200, type: 'text/html', body: '<html>' }, 502, /^gh did not answer with JSON: <html>/],
      [{ status: 200, body: { data: { repository: null }, errors: [{ type: 'RATE_LIMITED', message: 'API rate limit already exceeded' }] } }, 429, /rate limit/],
    ]
    for (const [what, status, pattern] of cases) {
      failure = what
      assert.match((await want(status, 'GET', `${host}/pulls`)).error.message, pattern)
    }
    failure = undefined
  })

  test('without a login, and without a network, says so', async () => {
    await rename(path.join(config, 'hosts.yml'), path.join(config, 'aside.yml'))
    assert.match((await want(200, 'GET', `${host}?refresh=true`)).problem, /^gh is not logged in to github\.com: run `gh auth login --hostname github\.com`$/)
    await rename(path.join(config, 'aside.yml'), path.join(config, 'hosts.yml'))
    await writeFile(path.join(config, 'config.yml'), 'http_unix_socket: /nowhere/socket\n')
    assert.match((await want(502, 'GET', `${host}/pulls`)).error.message, /^gh failed with exit code 1: .*; check the network$/)
  })
})
