import { useEffect, useEffectEvent, useId, type RefObject } from 'react'
import { patternOf } from '~/lib/find'

export const mostRanges = 500

function rangesIn(part: Node, pattern: RegExp): Range[] {
  const ranges: Range[] = []
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node && ranges.length < mostRanges; node = walker.nextNode())
    for (const found of (node.textContent ?? '').matchAll(pattern)) {
      if (found[0] === '' || ranges.length >= mostRanges) break
      const range = new Range()
      range.setStart(node, found.index)
      range.setEnd(node, found.index + found[0].length)
      ranges.push(range)
    }
  return ranges
}

/** Each pane that finds something has its own; the page has one mark for all. */
const panes = new Map<string, readonly Range[]>()

function show(name: string, ranges: readonly Range[] | undefined) {
  if (ranges) panes.set(name, ranges)
  else panes.delete(name)
  const all = [...panes.values()].flat()
  if (all.length > 0) CSS.highlights.set('find', new Highlight(...all))
  else CSS.highlights.delete('find')
}

/** Marks the words of a find where they are on screen, without a change of the document. `onFound`: where they are, whenever that changes. */
export function useHighlights(scroller: RefObject<HTMLElement | null>, words: string, isRegex = false, onFound?: (ranges: readonly Range[]) => void) {
  const name = useId()
  const found = useEffectEvent((ranges: readonly Range[]) => onFound?.(ranges))
  useEffect(() => {
    const part = scroller.current
    const pattern = patternOf(words, isRegex)
    if (!part || !(pattern instanceof RegExp) || !('highlights' in CSS)) return found([])
    const mark = () => {
      const ranges = rangesIn(part, pattern)
      show(name, ranges)
      found(ranges)
    }
    const observer = new MutationObserver(mark)
    observer.observe(part, { childList: true, subtree: true, characterData: true })
    mark()
    return () => {
      observer.disconnect()
      show(name, undefined)
    }
  }, [scroller, words, isRegex, name])
}
