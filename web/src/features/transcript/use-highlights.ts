import { useEffect, type RefObject } from 'react'

const mostRanges = 500

function rangesIn(part: Node, words: string): Range[] {
  const ranges: Range[] = []
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT)
  const wanted = words.toLowerCase()
  for (let node = walker.nextNode(); node && ranges.length < mostRanges; node = walker.nextNode()) {
    const text = node.textContent?.toLowerCase() ?? ''
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
      const range = new Range()
      range.setStart(node, at)
      range.setEnd(node, at + wanted.length)
      ranges.push(range)
    }
  }
  return ranges
}

/** Marks the words of a find where they are on screen, without a change of the document. */
export function useHighlights(scroller: RefObject<HTMLElement | null>, words: string) {
  useEffect(() => {
    const part = scroller.current
    if (!part || words === '' || !('highlights' in CSS)) return undefined
    const mark = () => CSS.highlights.set('find', new Highlight(...rangesIn(part, words)))
    const observer = new MutationObserver(mark)
    observer.observe(part, { childList: true, subtree: true, characterData: true })
    mark()
    return () => {
      observer.disconnect()
      CSS.highlights.delete('find')
    }
  }, [scroller, words])
}
