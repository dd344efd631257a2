const mostFrames = 30

/** Rows near the end are measured only when they are drawn, and may turn out higher than estimated. */
export function scrollToEnd(node: HTMLElement, frames = mostFrames) {
  node.scrollTop = node.scrollHeight
  node.scrollIntoView({ block: 'nearest' })
  if (frames === 0) return
  requestAnimationFrame(() => {
    if (node.scrollTop + node.clientHeight < node.scrollHeight - 1) scrollToEnd(node, frames - 1)
  })
}
