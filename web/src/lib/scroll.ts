const mostFrames = 30

/** Rows near the end are measured only once they are drawn, and may turn out higher than they were taken for. */
export function scrollToEnd(node: HTMLElement, frames = mostFrames) {
  node.scrollTop = node.scrollHeight
  node.scrollIntoView({ block: 'nearest' })
  if (frames === 0) return
  requestAnimationFrame(() => {
    if (node.scrollTop + node.clientHeight < node.scrollHeight - 1) scrollToEnd(node, frames - 1)
  })
}
