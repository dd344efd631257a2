// The daemon under test, in a separate folder, with a client for each of its interfaces.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import os from 'node:os'
import path from 'node:path'
import { Program, build, runToEnd } from './program.mjs'
import { Live } from './live.mjs'

export const muster = path.join(build, 'bin/muster')
const START_URL = /https?:\/\/127\.0\.0\.1:(\d+)\S*/

export function makeFolder(name) {
  return mkdtemp(path.join(os.tmpdir(), `${name}-`))
}

export class Daemon {
  /** Options: `home` (kept from an earlier one), `args`, `env`, `program` (the hold beside it is the one that it starts), `isApart`
   * as for Program, `onStopped` (what to undo before the folder is removed). */
  static async start({ home, args = [], env = {}, program = muster, isApart, onStopped } = {}) {
    const daemon = new Daemon()
    daemon.home = home ?? (await makeFolder('home'))
    daemon.options = { args, env, program, isApart, onStopped }
    await daemon.#launch()
    return daemon
  }

  async #launch() {
    const { args, env, program, isApart } = this.options
    this.program = new Program(program, ['serve', '--home', this.home, '--port', '0', ...args], { env, isApart })
    const line = await this.program.waitLine(START_URL)
    const [startUrl, port] = START_URL.exec(line)
    this.startUrl = startUrl
    this.port = Number(port)
    this.origin = `http://127.0.0.1:${port}`
    this.token = (await readFile(path.join(this.home, 'token'), 'utf8')).trim()
  }

  /** {status, body, cursors, headers}. A body of bytes is sent as it is, and an answer that is no text comes back as bytes. A writing call has a key of its own unless `headers` replace it. */
  async api(method, route, body, { key = randomUUID(), token = this.token, headers = {} } = {}) {
    const all = { ...headers }
    if (token) all.authorization = `Bearer ${token}`
    const isFile = body instanceof Uint8Array
    if (body !== undefined && !isFile) all['content-type'] = 'application/json'
    if (method !== 'GET' && key) all['idempotency-key'] = key
    const request = { method, headers: all, body: body === undefined || isFile ? body : JSON.stringify(body) }
    const response = await fetch(this.origin + route, request).catch((error) => this.program.explain(error))
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    return { status: response.status, body: isJson && text ? JSON.parse(text) : text, cursors: response.headers.get('muster-cursor'), headers: response.headers }
  }

  /** As api, but any status other than `status` is a failure. Returns the body. */
  async want(status, method, route, body, options) {
    const answer = await this.api(method, route, body, options)
    if (answer.status !== status) throw new Error(`${method} ${route}: ${answer.status}, wanted ${status}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  connect(options = {}) {
    return Live.open(`ws://127.0.0.1:${this.port}/ws`, { token: this.token, ...options })
  }

  /** The command line over the daemon's own socket. */
  cli(args, options = {}) {
    return runToEnd(muster, ['--home', this.home, ...args], { env: this.options.env, ...options })
  }

  /** SIGKILL, as in a crash. */
  async kill() {
    await this.program.end('SIGKILL')
  }

  stop() {
    return this.program.stop()
  }

  /** Starts again on the same home, with `more` options over the old ones. */
  async restart(more = {}) {
    this.options = { ...this.options, ...more }
    await this.#launch()
  }

  /** Stops, and removes the folder. */
  async remove() {
    await this.stop()
    await this.options.onStopped?.()
    await rm(this.home, { recursive: true, force: true })
  }
}
