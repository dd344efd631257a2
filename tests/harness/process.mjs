// Processes, as /proc shows them.
import { readFile, readdir, readlink } from 'node:fs/promises'
import path from 'node:path'
import { until } from './wait.mjs'

async function read(pid, name) {
  return readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')
}

async function pids() {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
}

/** Whether it exists and is not a zombie. */
export async function lives(pid) {
  const after = /\) (.)/.exec(await read(pid, 'stat'))
  return after !== null && after[1] !== 'Z'
}

/** Stops a process, and waits until none of its threads runs any more. */
export async function halt(pid) {
  process.kill(pid, 'SIGSTOP')
  await until(async () => {
    const threads = await readdir(`/proc/${pid}/task`)
    const states = await Promise.all(threads.map((thread) => read(pid, `task/${thread}/stat`)))
    return states.every((stat) => /\) T/.test(stat))
  }, `process ${pid} is stopped`)
}

/** How often each of them has gone to sleep, or undefined if one is awake. */
async function naps(pids) {
  const all = await Promise.all(pids.map((pid) => read(pid, 'status')))
  if (!all.every((text) => /^State:\tS/m.test(text))) return undefined
  return all.map((text) => text.match(/ctxt_switches:\t\d+/g)).join()
}

/** Waits until all of them sleep and none wakes another, so that no work is in progress among them. */
export async function standstill(pids) {
  let before
  await until(async () => {
    const last = before
    before = await naps(pids)
    return before !== undefined && before === last
  }, `processes ${pids.join(', ')} sleep`)
}

/** Waits until the process has ended. It is not our child, so only /proc shows it. */
export function gone(pid) {
  return until(async () => !(await lives(pid)), `process ${pid} ends`)
}

/** Waits until its parent has reaped it: not even a zombie is left. */
export function collected(pid) {
  return until(async () => (await read(pid, 'stat')) === '', `process ${pid} is collected`)
}

async function byCommand(fits) {
  const found = []
  for (const pid of await pids()) if (fits((await read(pid, 'cmdline')).split('\0')) && (await lives(pid))) found.push(pid)
  return found
}

/** The holds of a launch. */
export function holdsOf(home, launch) {
  const folder = path.join(home, 'streams', launch)
  return byCommand((words) => words[1] === folder)
}

/** Processes of a program. */
export function running(program) {
  return byCommand((words) => words[0] === program)
}

/** The targets of a process's descriptors, by number. */
export async function descriptors(pid) {
  const folder = `/proc/${pid}/fd`
  const names = await readdir(folder)
  const all = await Promise.all(names.map(async (name) => [Number(name), await readlink(path.join(folder, name)).catch(() => '')]))
  return new Map(all.filter(([, target]) => target).sort(([a], [b]) => a - b))
}
