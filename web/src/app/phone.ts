import { isTouch } from '~/lib/focus'
import { layers, topLayer } from '~/lib/layers'

/** Until the signal: the keyboard covers nothing, and back closes what lies over the page. */
export function followPhone(part: HTMLElement, signal: AbortSignal) {
  if (signal.aborted) return
  if (window.visualViewport) followSeenHeight(part, window.visualViewport, signal)
  followLayers(signal)
}

/** Less is the bar of a browser that comes and goes. */
const leastKeyboardPx = 120

/** Where a keyboard lies over the page instead of making it smaller, the page ends above it: what is typed into is never covered. */
function followSeenHeight(part: HTMLElement, seen: VisualViewport, signal: AbortSignal) {
  function fit() {
    // Somebody who has zoomed in sees a part on purpose.
    const isCovered = Math.abs(seen.scale - 1) < 0.01 && window.innerHeight - seen.height > leastKeyboardPx
    part.style.height = isCovered ? `${Math.floor(seen.height)}px` : ''
    part.style.transform = isCovered && seen.offsetTop > 0 ? `translateY(${Math.floor(seen.offsetTop)}px)` : ''
  }
  for (const name of ['resize', 'scroll'] as const) seen.addEventListener(name, fit, { signal })
  fit()
}

/** Marks the entry of what is open over the page. */
const mark = 'muster.over'

const isOver = () => Reflect.has(Object(history.state), mark)

/** The router knows nothing of this entry: for it, it is the same place again. */
function pushEntry() {
  History.prototype.pushState.call(history, { ...history.state, [mark]: true }, '', window.location.href)
}

/**
 * On a phone, back closes what lies over the page and leaves the page where it is. While something is open, the history has one entry
 * more; what closes it in another way takes the entry back, unless that led to another page, whose entry is on top then.
 */
function followLayers(signal: AbortSignal) {
  let count = 0
  function onLayers() {
    const now = layers.get().length
    if (now > 0 && count === 0 && isTouch() && !isOver()) pushEntry()
    // Where it leads is known only after what closed it has run.
    if (now === 0 && count > 0) setTimeout(() => layers.get().length === 0 && isOver() && history.back())
    count = now
  }
  signal.addEventListener('abort', layers.subscribe(onLayers))
  window.addEventListener('popstate', onBack, { signal })
  onLayers()
}

function onBack(): void {
  // What was open over the page before is not a place to return to.
  if (isOver()) return layers.get().length === 0 ? history.back() : undefined
  const top = topLayer()
  if (!top) return
  top.close()
  // One below it is open still.
  if (layers.get().length > 1) pushEntry()
}
