// Walks the crash points: the same job again and again, the daemon dying at one point after the other.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { checkout } from './program.mjs'

/** The names in the table of the debug build. */
export async function crashPoints() {
  const table = await readFile(path.join(checkout, 'src/sys/crash.c'), 'utf8')
  return [...table.matchAll(/^\s*"([a-z_.]+)",/gm)].map((found) => found[1])
}

/**
 * Runs the job with the daemon dying at `point` for the `k`-th time, starts it again, and hands it to `verify`.
 * Returns whether the point was reached. `prepare` makes a fresh Daemon, not yet told to die.
 */
export async function crashAt(point, { prepare, job, verify, k = 1 }) {
  const daemon = await prepare()
  await daemon.stop()
  await daemon.restart({ env: { ...daemon.options.env, MUSTER_CRASH: `${point}:${k}` } })
  const died = daemon.program.ended.then((end) => end.signal === 'SIGKILL')
  // What the job sees after the death is a closed connection; only a failure while the daemon lives counts.
  const worked = job(daemon).then(
    () => undefined,
    (error) => error,
  )
  const failure = await Promise.race([worked, died.then(() => undefined)])
  const isDead = daemon.program.child.signalCode === 'SIGKILL' || (failure !== undefined && (await diesSoon(daemon)))
  if (!isDead && failure) throw failure
  if (!isDead) await daemon.stop()
  await worked
  const { MUSTER_CRASH: _, ...env } = daemon.options.env
  await daemon.restart({ env })
  await verify(daemon, point)
  await daemon.remove()
  return isDead
}

/** A request can fail an instant before the end of the process is told. */
async function diesSoon(daemon) {
  const patience = new Promise((resolve) => setTimeout(resolve, 2000, undefined))
  const end = await Promise.race([daemon.program.ended, patience])
  return end?.signal === 'SIGKILL'
}
