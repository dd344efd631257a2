// The pinned agent CLIs, and folders of programs that contain one. A missing one is a failure, never skipped.
import { accessSync, constants } from 'node:fs'
import { access, symlink } from 'node:fs/promises'
import path from 'node:path'
import { makeFolder } from './daemon.mjs'
import { checkout } from './program.mjs'

export const STAND_IN = path.join(checkout, 'tests/harness/stand-in.mjs')

function installed(file) {
  const full = path.join(checkout, 'tests/node_modules', file)
  accessSync(full, constants.X_OK)
  return full
}

/** [{version, file}], the oldest first. */
export function claudeClis() {
  return [
    { version: '2.1.112', file: installed('@anthropic-ai/claude-code/cli.js') },
    { version: '2.1.329', file: installed('claude-new/bin/claude.exe') },
  ]
}

async function find(name) {
  for (const folder of process.env.PATH.split(':')) {
    const file = path.join(folder, name)
    if (await access(file, constants.X_OK).then(() => true, () => false)) return file
  }
  throw new Error(`${name} is not on PATH`)
}

/** A folder of links: to what `names` are on PATH, and to `claude`. It serves as a whole PATH. */
export async function binFolder({ names = [], claude } = {}) {
  const bin = await makeFolder('bin')
  for (const name of names) await symlink(name === 'node' ? process.execPath : await find(name), path.join(bin, name))
  if (claude) await symlink(claude, path.join(bin, 'claude'))
  return bin
}

/** An environment in which the agent CLI is the stand-in. */
export async function withStandIn() {
  return { PATH: `${await binFolder({ claude: STAND_IN })}:${process.env.PATH}` }
}
