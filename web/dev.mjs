// `./dev web`: serves the page from its sources with hot reload, in front of a daemon that runs or is started for it.
import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { createServer } from 'vite'

const here = fileURLToPath(new URL('.', import.meta.url))
const muster = fileURLToPath(new URL('../build/release/bin/muster', import.meta.url))
const START = /https?:\/\/\S+#code=\S+/

const USAGE = `usage: ./dev web [--home FOLDER] [--port N] [-- ARGS]

Serves the page with hot reload and prints a start URL. Calls go to the daemon of FOLDER (default: your own), which is
started if it does not run, with ARGS for \`muster serve\`. VITE_API_URL and VITE_WS_URL name a daemon that the page
asks directly instead; its allowed-origins must have the address that is printed here.`

const options = { home: { type: 'string' }, port: { type: 'string', default: '5173' }, help: { type: 'boolean', short: 'h' } }

function readArgs() {
  try {
    return parseArgs({ options, allowPositionals: true })
  } catch (error) {
    console.error(`dev web: ${error.message}\n\n${USAGE}`)
    return process.exit(2)
  }
}

/** A start URL of the daemon that runs, or undefined. */
async function askForUrl(home) {
  const { stdout } = await promisify(execFile)(muster, [...home, 'open', '--print']).catch(() => ({ stdout: '' }))
  return START.exec(stdout)?.[0]
}

/** A daemon of ours: it ends with us, and its agents keep running. */
async function startDaemon(home, args) {
  const daemon = spawn(muster, ['serve', '--port', '0', ...home, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  daemon.once('exit', (code) => process.exit(code ?? 1))
  process.once('exit', () => daemon.kill('SIGTERM'))
  for await (const line of createInterface(daemon.stdout)) if (START.test(line)) return START.exec(line)[0]
  throw new Error('the daemon printed no start URL')
}

const { values, positionals } = readArgs()
if (values.help) {
  console.log(USAGE)
  process.exit(0)
}
const home = values.home ? ['--home', values.home] : []
const start = new URL((await askForUrl(home)) ?? (await startDaemon(home, positionals)))
process.env['MUSTER_URL'] = start.origin
const vite = await createServer({ root: here, configFile: `${here}vite.config.ts`, server: { port: Number(values.port) } })
await vite.listen()
const { port } = vite.httpServer.address()
console.log(`http://127.0.0.1:${port}${start.pathname}${start.hash}`)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0))
