// The pinned agent CLIs. A missing one fails: nothing is skipped.
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { checkout } from './program.mjs'

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
