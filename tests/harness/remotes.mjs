// Remotes to clone from: an ssh that runs what it is asked for on this machine, and `git http-backend` over TLS.
import { spawn } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import https from 'node:https'
import path from 'node:path'
import { checkout } from './program.mjs'
import { git } from './repository.mjs'

const tls = path.join(checkout, 'tests/fixtures/tls')
/** The certificate of serveGit, for 127.0.0.1: git trusts it as http.sslCAInfo. */
export const CERTIFICATE = path.join(tls, 'cert.pem')

/**
 * Puts an `ssh` into that folder of a PATH. Any host has the repositories of this machine, but `silent` never answers, `refuses`
 * takes no key, and `slow` reports half of its objects and then waits until `go` exists.
 */
export async function makeSsh(bin, go = path.join(bin, 'go')) {
  const file = path.join(bin, 'ssh')
  await mkdir(bin, { recursive: true })
  await writeFile(
    file,
    `#!/bin/sh
for last; do :; done
case " $*" in
*[@\\ ]silent.example.org*) echo "Warning: silent.example.org is slow today" >&2; exec sleep 600 ;;
*[@\\ ]refuses.example.org*) echo "git@refuses.example.org: Permission denied (publickey)." >&2; exit 255 ;;
*[@\\ ]slow.example.org*)
  printf 'Receiving objects:  50%% (3/6), 1.00 MiB | 1.00 MiB/s\\r' >&2
  while ! [ -e '${go}' ]; do sleep 0.05; done ;;
esac
eval "exec $last"
`,
  )
  await chmod(file, 0o755)
  return { go }
}

/** The environment of `git http-backend` (CGI 1.1, RFC 3875). */
function cgi(folder, request) {
  const { pathname, searchParams } = new URL(request.url, 'https://127.0.0.1')
  return {
    PATH: process.env.PATH, GIT_PROJECT_ROOT: folder, GIT_HTTP_EXPORT_ALL: '1', PATH_INFO: decodeURIComponent(pathname), QUERY_STRING: String(searchParams),
    REQUEST_METHOD: request.method, CONTENT_TYPE: request.headers['content-type'] ?? '', HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    GIT_PROTOCOL: request.headers['git-protocol'] ?? '', REMOTE_ADDR: '127.0.0.1',
    GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*',
  }
}

/** The head of an answer of a CGI program, and what follows it. */
function split(bytes) {
  const at = bytes.indexOf('\r\n\r\n')
  const head = bytes.subarray(0, at).toString().split('\r\n').map((line) => line.split(/: */, 2))
  return { head: Object.fromEntries(head), body: bytes.subarray(at + 4) }
}

async function answer(folder, request, response) {
  const child = spawn('git', ['http-backend'], { env: cgi(folder, request), stdio: ['pipe', 'pipe', 'ignore'] })
  request.pipe(child.stdin)
  child.stdin.on('error', () => {})
  const parts = []
  for await (const part of child.stdout) parts.push(part)
  const { head, body } = split(Buffer.concat(parts))
  const { Status: status = '200', ...headers } = head
  response.writeHead(Number.parseInt(status), headers).end(body)
}

/** Serves the repositories of a folder: {url, requests, close}. A `refuse` answers every request with 401. */
export async function serveGit(folder, { refuse = false } = {}) {
  const [key, cert] = await Promise.all(['key.pem', 'cert.pem'].map((name) => readFile(path.join(tls, name))))
  const requests = []
  const server = https.createServer({ key, cert }, (request, response) => {
    requests.push(request.url)
    if (refuse) response.writeHead(401, { 'www-authenticate': 'Basic realm="here"' }).end()
    else void answer(folder, request, response)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()))
  return { url: `https://127.0.0.1:${server.address().port}`, requests, close }
}

/** What git of that HOME needs to trust the server. */
export async function trustGit(home) {
  await writeFile(path.join(home, '.gitconfig'), `[http]\n\tsslCAInfo = ${CERTIFICATE}\n`)
}

/** A bare copy of a repository, to be served. */
export async function makeBare(repository, to) {
  await git(repository, 'clone', '--quiet', '--bare', '.', to)
  return to
}
