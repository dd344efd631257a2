// Runs in the page, before its scripts.

/** Counts what is open, what was slow, what moved, and what became of finished blocks of Markdown, as `window.counts`. */
export function count() {
  const sockets = new Set()
  const timers = new Set()
  window.counts = { frames: 0, longTasks: 0, longest: 0, shift: 0, blocks: 0, replaced: [], open: () => ({ sockets: sockets.size, timers: timers.size }) }

  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args)
      sockets.add(this)
      this.addEventListener('close', () => sockets.delete(this))
      this.addEventListener('message', () => window.counts.frames++)
    }
  }
  for (const [set, clear, isOnce] of [['setTimeout', 'clearTimeout', true], ['setInterval', 'clearInterval', false]]) {
    const [begin, end] = [window[set].bind(window), window[clear].bind(window)]
    window[set] = (run, ms, ...args) => {
      const id = begin(
        () => {
          if (isOnce) timers.delete(id)
          run(...args)
        },
        ms,
      )
      timers.add(id)
      return id
    }
    window[clear] = (id) => {
      timers.delete(id)
      end(id)
    }
  }

  function observe(type, take) {
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true })
  }
  observe('longtask', ({ duration }) => {
    window.counts.longTasks++
    window.counts.longest = Math.max(window.counts.longest, duration)
  })
  observe('layout-shift', ({ value, hadRecentInput }) => {
    if (!hadRecentInput) window.counts.shift += value
  })

  /** Of a block that has another behind it: its row and its text, which both stay. */
  const finished = new Map()
  function look(log) {
    for (const row of log.querySelectorAll('li[data-key]'))
      for (const list of row.querySelectorAll('.flex-col.text-md'))
        for (const block of [...list.children].slice(0, -1)) {
          if (finished.has(block)) continue
          finished.set(block, { row, text: block.textContent })
          window.counts.blocks++
        }
  }
  function check(log) {
    const texts = new Set([...log.querySelectorAll('.flex-col.text-md > *')].map((block) => block.textContent))
    for (const [block, { row, text }] of finished) {
      const isSame = block.isConnected && block.textContent === text
      // A row that left the window of the list took its blocks along; the same words elsewhere are another's block.
      const isGone = !block.isConnected && !row.isConnected && !texts.has(text)
      if (!isSame && !isGone) window.counts.replaced.push(text.slice(0, 60))
      if (!isSame) finished.delete(block)
    }
  }
  new MutationObserver(() => {
    const log = document.querySelector('[role=log]')
    if (!log) return
    check(log)
    look(log)
  }).observe(document, { subtree: true, childList: true, characterData: true })
}

/** What times an act: `keyAt`, when the last key was pressed, and `seen`, when a frame that shows something was painted. */
export function time() {
  document.addEventListener('keydown', ({ timeStamp }) => (window.keyAt = timeStamp), { capture: true })
  /** Resolves with the time after the paint of the first frame in which `test` holds. */
  window.seen = (test) =>
    new Promise((resolve, reject) => {
      const latest = performance.now() + 30_000
      const look = () =>
        requestAnimationFrame((now) => {
          if (now > latest) return reject(new Error(`not seen: ${test}`))
          if (!test()) return look()
          const { port1, port2 } = new MessageChannel()
          port1.onmessage = () => resolve(performance.now())
          return port2.postMessage('')
        })
      look()
    })
  /** Another address of the page, without a load. */
  window.visit = (path) => history.pushState({}, '', path)
}
