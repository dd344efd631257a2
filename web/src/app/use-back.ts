import { useEffect } from 'react'
import { layers, topLayer } from '~/lib/layers'
import { isTouch } from '~/lib/focus'

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
function followLayers(): () => void {
  let count = 0
  function onLayers() {
    const now = layers.get().length
    if (now > 0 && count === 0 && isTouch() && !isOver()) pushEntry()
    // Where it leads is known only after what closed it has run.
    if (now === 0 && count > 0) setTimeout(() => layers.get().length === 0 && isOver() && history.back())
    count = now
  }
  const leave = layers.subscribe(onLayers)
  window.addEventListener('popstate', onBack)
  return () => {
    leave()
    window.removeEventListener('popstate', onBack)
  }
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

export function useBack() {
  useEffect(followLayers, [])
}
