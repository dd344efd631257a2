// A page that is kept busy: what it holds after a while, and what a person would notice of it.
import { countNodes } from '../../tests/harness/measure.mjs'
import { keysToPaint } from './acts.mjs'
import { busySeconds, held, pause, Visitor } from './browser.mjs'

const LOOK_MS = 1000
/** So long the browser's own record of its tasks is kept, at the end. */
const TRACED_MS = 10_000
const KEYS = 20

/** Writes what one agent says to the end of a <pre>, twelve times a second, and scrolls there. */
const plainPage = (token, topic) => `<!doctype html><pre id="log" style="height: 80vh; overflow: auto; white-space: pre-wrap"></pre><textarea></textarea><script>
  const log = document.getElementById('log')
  let text = ''
  const socket = new WebSocket('ws://' + location.host + '/ws', ['muster.v1', 'bearer.${token}'])
  socket.onopen = () => socket.send(JSON.stringify({ type: 'subscribe', id: 1, topic: '${topic}' }))
  socket.onmessage = ({ data }) => {
    const { type, payload } = JSON.parse(data)
    if (type === 'text_delta') text += payload.text
  }
  setInterval(() => {
    if (text === '') return
    log.append(text)
    text = ''
    log.scrollTop = log.scrollHeight
  }, 1000 / 12)
</script>`

/** Marks the main thread of a page in a trace, which is of the whole browser: the pages beside it have their own. */
const TRACED = 'muster-traced'

/**
 * The longest task of a page by the time that it had a processor, in ms: what other programs took does not count. The clock of a
 * thread may be set forward in the middle of a task on a virtual machine, so no task took longer than it lasted.
 */
async function longestTask(browser, page) {
  await browser.startTracing(page, { categories: ['blink.user_timing', 'disabled-by-default-devtools.timeline'] })
  await page.evaluate((name) => performance.mark(name), TRACED)
  await pause(TRACED_MS)
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString())
  const mark = traceEvents.find(({ name }) => name === TRACED)
  if (!mark) throw new Error('the trace does not have the page')
  const tasks = traceEvents.filter(({ name, pid, tid }) => name === 'RunTask' && pid === mark.pid && tid === mark.tid)
  if (tasks.length === 0) throw new Error('the trace has no task of the page')
  return Math.max(...tasks.map(({ tdur = 0, dur = 0 }) => Math.min(tdur, dur))) / 1000
}

const readCounts = (page) => page.evaluate(() => ({ ...window.counts, open: undefined, commits: window.commits }))

async function keepLooking(page, ms) {
  const end = Date.now() + ms
  let most = 0
  while (Date.now() < end) {
    most = Math.max(most, await countNodes(page))
    await pause(Math.min(LOOK_MS, Math.max(0, end - Date.now())))
  }
  return most
}

/**
 * {minutes}: how long. The heap is compared with that after a minute, or after half of a shorter time. `idle` is the address of a page
 * where nothing happens, beside it in the same browser: what stops that one, stops every page.
 */
async function keepBusy(visitor, shown, idle, minutes) {
  const { page, session } = shown
  const ms = minutes * 60_000
  await pause(2000)
  const quiet = await visitor.show(idle)
  const [begun, first, busy, still] = [performance.now(), await readCounts(page), await busySeconds(session), await readCounts(quiet.page)]
  const early = Math.min(60_000, ms / 2)
  let nodes = await keepLooking(page, early)
  const before = await held(shown)
  nodes = Math.max(nodes, await keepLooking(page, ms - early))
  const [last, seconds, work, stillLast] = [await readCounts(page), (performance.now() - begun) / 1000, await busySeconds(session), await readCounts(quiet.page)]
  const after = await held(shown)
  const longest = await longestTask(visitor.browser, page)
  const since = (name) => last[name] - first[name]
  for (const text of last.replaced) console.error(`replaced: ${text}`)
  return {
    frames: since('frames') / seconds,
    heap: after.heap - before.heap,
    held: after.heap,
    long: since('longTasks') - (stillLast.longTasks - still.longTasks),
    longest,
    shift: (60 * since('shift')) / seconds,
    commits: since('commits') / seconds,
    nodes,
    work: (100 * (work - busy)) / seconds,
    blocks: since('blocks'),
    replaced: last.replaced.length - first.replaced.length,
    seconds,
  }
}

/** One agent that writes, and its page. */
export async function busy({ minutes, place, topic, idle, ...daemon }) {
  const visitor = await Visitor.open(daemon)
  try {
    const peer = await visitor.showPeer(plainPage(daemon.token, topic))
    const shown = await visitor.show(place)
    await shown.page.getByRole('region', { name: 'Time' }).waitFor()
    const [begun, before] = [performance.now(), await busySeconds(peer.session)]
    const found = await keepBusy(visitor, shown, idle, minutes)
    const plain = (100 * (await busySeconds(peer.session)) - 100 * before) / ((performance.now() - begun) / 1000)
    const { longTasks: plainLong } = await readCounts(peer.page)
    const keys = await keysToPaint(shown.page, shown.page.getByLabel('Composer').getByRole('textbox'), KEYS)
    const plainKeys = await keysToPaint(peer.page, peer.page.getByRole('textbox'), KEYS)
    return { ...found, plain, plainLong, keys, plainKeys }
  } finally {
    await visitor.close()
  }
}

/** Many agents that write, and the board. */
export async function board({ minutes, idle, ...daemon }) {
  const visitor = await Visitor.open(daemon)
  try {
    return await keepBusy(visitor, await visitor.show('/board'), idle, minutes)
  } finally {
    await visitor.close()
  }
}
