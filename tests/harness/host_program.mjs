// Replaces gh or glab: node host_program.mjs NAME FOLDER ARGUMENT...; hosts.mjs puts both on a PATH. FOLDER/world.json is
// what the host has (host_world.mjs) and how it behaves (`mode`); each call is a line in FOLDER/calls.jsonl.
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { answer } from './host_world.mjs'

const [name, folder, ...args] = process.argv.slice(2)
const file = path.join(folder, 'world.json')
const world = JSON.parse(readFileSync(file, 'utf8'))
const service = name === 'gh' ? 'github' : 'gitlab'

function fail(code, ...lines) {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''))
  process.exit(code)
}

function option(word) {
  const at = args.indexOf(word)
  return at < 0 ? undefined : args[at + 1]
}

const LOGIN = {
  gh: [4, 'To get started with GitHub CLI, please run:  gh auth login', 'Alternatively, populate the GH_TOKEN environment variable with a GitHub API authentication token.'],
  glab: [1, 'glab: 401 Unauthorized (HTTP 401)'],
}

const modes = {
  hang: () => new Promise(() => setInterval(() => {}, 1000)),
  prompt: () => {
    process.stderr.write('? What is your favourite host?  [Use arrows to move]\n')
    return modes.hang()
  },
  garbage: () => process.stdout.write('<!DOCTYPE html>\u001b[31m<title>Sign in to the hotel\n'),
  wrong: () => process.stdout.write(JSON.stringify({ data: { repository: { pullRequests: { nodes: [{ number: 'seven' }], pageInfo: {} } } }, login: 7, username: [] })),
  empty: () => {},
  huge: () => {
    for (let i = 0; i < 100; i++) writeFileSync(1, '[]'.padEnd(1 << 20))
  },
  signal: () => process.kill(process.pid, 'SIGSEGV'),
  logged_out: () => fail(...LOGIN[name]),
  rate_limit: () => fail(1, name === 'gh' ? 'gh: API rate limit exceeded for user ID 1. (HTTP 403)' : 'glab: 429 Too Many Requests (HTTP 429)'),
  network: () => fail(1, name === 'gh' ? `error connecting to api.${world.host}\ncheck your internet connection or https://githubstatus.com` : `Get "https://${world.host}/api/v4/user": dial tcp: lookup ${world.host}: no such host`),
  unknown: () => fail(3, '\u001b[31mX\u001b[0m something\u0007 else'),
}

async function call() {
  const body = args.includes('--input') ? readFileSync(0, 'utf8') : undefined
  const request = { method: option('--method'), path: args.at(-1), body }
  const { GH_PROMPT_DISABLED, NO_PROMPT, NO_COLOR, GH_TOKEN, HOME, SECRET } = process.env
  const isLate = world.mode === 'late' && request.method === 'POST' && request.path !== 'graphql'
  appendFileSync(path.join(folder, 'calls.jsonl'), `${JSON.stringify({ name, args, body, cwd: process.cwd(), env: { GH_PROMPT_DISABLED, NO_PROMPT, NO_COLOR, GH_TOKEN, HOME, SECRET } })}\n`)
  if (modes[world.mode]) return modes[world.mode]()
  if (option('--hostname') !== world.host) return fail(...LOGIN[name])
  const { status, body: out } = answer(service, world, request)
  if (request.method === 'POST') {
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(world))
    renameSync(`${file}.${process.pid}`, file)
  }
  if (isLate) return modes.network() // it is done, and nobody hears of it
  process.stdout.write(JSON.stringify(out))
  const message = out.errors?.[0]?.message ?? out.message
  if (message) fail(1, `${name}: ${[message].flat().join(', ')}${status >= 400 ? ` (HTTP ${status})` : ''}`)
}

if (args[0] === '--version') {
  console.log(name === 'gh' ? 'gh version 2.23.0 (2023-02-27)' : 'glab 1.46.1 (2024-08-28)')
} else if (args[0] !== 'api') {
  fail(1, `unknown command "${args[0]}" for "${name}"`)
} else {
  await call()
}
