// Walks the crash points: repeats the same job while the daemon dies at one point after another.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { checkout } from './program.mjs'
import { within } from './wait.mjs'

/** The names in the table of the debug build. */
export async function crashPoints() {
  const table = await readFile(path.join(checkout, 'src/sys/crash.c'), 'utf8')
  return [...table.matchAll(/^\s*"([a-z_.]+)",/gm)].map((found) => found[1])
}

/**
 * Runs the job with the daemon dying at `point`, starts it again, and hands it to `verify`.
 * Returns whether the point was reached. `prepare` makes a new Daemon without a crash point.
 */
export async function crashAt(point, { prepare, job, verify }) {
  const daemon = await prepare()
  await daemon.stop()
  await daemon.restart({ env: { ...daemon.options.env, MUSTER_CRASH: `${point}:1` } })
  const died = daemon.program.ended.then((end) => end.signal === 'SIGKILL')
  // After the death the job sees a closed connection; only a failure while the daemon lives counts.
  const worked = job(daemon).then(
    () => undefined,
    (error) => error,
  )
  const failure = await Promise.race([worked, died.then(() => undefined)])
  // A request can fail before the end of the process is reported.
  if (failure) await within(died, `the daemon dies at ${point}, or does the job (${failure.message})`)
  const isDead = daemon.program.child.signalCode === 'SIGKILL'
  if (!isDead) await daemon.stop()
  await worked
  const { MUSTER_CRASH: _, ...env } = daemon.options.env
  await daemon.restart({ env })
  await verify(daemon)
  await daemon.remove()
  return isDead
}
