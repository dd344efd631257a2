// A program under test: its lines as they arrive, its end, and none of the caller's own agent settings.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Feed, within } from './wait.mjs'

export const checkout = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
/** The build whose programs are tested. */
export const build = path.resolve(process.env.MUSTER_BUILD ?? path.join(checkout, 'build/test'))

const FOREIGN =
  /^(ANTHROPIC_|CLAUDE|CODEX_|GEMINI_|GOOGLE_|OPENAI_|OPENCODE|QWEN_|MUSTER_|NODE_OPTIONS$|NODE_TEST_CONTEXT$|GIT_)/

/** The caller's environment without variables that affect an agent CLI, git or Muster, and with `more`. */
export function cleanEnv(more = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !FOREIGN.test(name))
  // Otherwise Claude Code writes into a folder beside other users', which the fence around the tests forbids.
  return { ...Object.fromEntries(kept), DISABLE_AUTOUPDATER: '1', CLAUDE_CODE_TMPDIR: tmpdir(), ...more }
}

export class Program {
  lines = new Feed()
  errors = new Feed()

  /** `isApart`: Ctrl-C in the terminal does not reach it. */
  constructor(file, args, { env = {}, cwd, isApart = false } = {}) {
    this.name = path.basename(file)
    // As a shell has it: some programs believe PWD rather than ask for their folder.
    const where = cwd === undefined ? {} : { PWD: cwd }
    this.child = spawn(file, args, { cwd, env: cleanEnv({ ...where, ...env }), stdio: ['ignore', 'pipe', 'pipe'], detached: isApart })
    createInterface(this.child.stdout).on('line', (line) => this.lines.push(line))
    createInterface(this.child.stderr).on('line', (line) => this.errors.push(line))
    this.ended = new Promise((resolve) => {
      this.child.on('error', (error) => resolve({ code: null, signal: null, error }))
      this.child.on('close', (code, signal) => resolve({ code, signal }))
    })
    void this.ended.then((end) => {
      this.lines.end(`${this.name} ended: ${JSON.stringify(end)}; ${this.errors.items.slice(-40).join('\n')}`)
      this.errors.end(`${this.name} ended`)
    })
  }

  get pid() {
    return this.child.pid
  }

  waitLine(pattern) {
    return this.lines.waitFor((line) => pattern.test(line), { what: `${this.name} prints ${pattern}` })
  }

  /** Throws the error, or this program's last output if its end is the reason. */
  async explain(error) {
    const end = await Promise.race([this.ended, new Promise((resolve) => setTimeout(resolve, 1000))])
    if (!end) throw error
    const last = this.errors.items.slice(-60).join('\n')
    throw new Error(`${this.name} has ended with ${end.code ?? end.signal}:\n${last}`, { cause: error })
  }

  /** Sends the signal and waits for the end. */
  async end(signal) {
    this.child.kill(signal)
    return within(this.ended, `${this.name} ends after ${signal}`)
  }

  /** As a service manager does: a clean end is exit 0, and a sanitizer's report is not clean. */
  async stop() {
    const { code, signal } = await this.end('SIGTERM')
    if (code !== 0) throw new Error(`${this.name} ended with ${code ?? signal}:\n${this.errors.items.slice(-60).join('\n')}`)
  }
}

/** The output of a program that ends on its own. Fails on an exit code other than `code`. */
export async function runToEnd(file, args, { code = 0, ...options } = {}) {
  const program = new Program(file, args, options)
  const end = await within(program.ended, `${program.name} ${args.join(' ')}`)
  const out = program.lines.items.join('\n')
  const err = program.errors.items.join('\n')
  if (code !== null && end.code !== code) throw new Error(`${program.name} ${args.join(' ')}: ${end.code ?? end.signal ?? end.error}\n${out}\n${err}`)
  return { code: end.code, out, err }
}
