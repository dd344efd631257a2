import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/react-virtual'
import type { RefObject } from 'react'
import { flushSync } from 'react-dom'
import type { Row } from '~/features/transcript/rows'

/** Within so many pixels of it somebody reads the end. */
const nearEnd = 48
/** So many rows beyond the view are drawn; when only so few of them are left, the next are. */
const [overscan, spare] = [8, 2]

const heights: Record<Row['kind'], number> = { prompt: 60, say: 70, long: 300, thought: 24, tool: 24, run: 24, ask: 28, note: 28, fail: 80, strip: 28, new: 32, moment: 32, wait: 24 }

const leftBelow = (node: HTMLElement) => node.scrollHeight - node.scrollTop - node.clientHeight

export type Virtual = Virtualizer<HTMLDivElement, HTMLLIElement>
/** What is shown beside the rows because of where the view is. */
export type HeadOf<T> = (rows: readonly Row[], virtual: Virtual) => T | undefined

/**
 * Rows in a window of the document that stay where they are: at their end while it is followed, under the eyes of whoever reads
 * elsewhere. Scrolling and a row that grows move them without drawing them again; `draw` is called when others come near the view,
 * when the end is reached or left, and when `headOf` finds another.
 */
export class RowWindow<T extends { key: string }> {
  readonly virtual: Virtual
  readonly #draw: () => void
  readonly #headOf: HeadOf<T>
  #rows: readonly Row[] = []
  #scroller: HTMLDivElement | null = null
  #list: HTMLElement | null = null
  /** Whoever follows the end goes on with it until they scroll up. */
  #isKept: boolean
  #top = 0
  /** The rows that are in the document, and what else was shown; and those of the next drawing. */
  #drawn = { first: 0, last: -1, mark: '' }
  #next = this.#drawn
  #isMeasuring = false

  constructor(isKept: boolean, headOf: HeadOf<T>, draw: () => void) {
    this.#isKept = isKept
    this.#headOf = headOf
    this.#draw = draw
    this.virtual = new Virtualizer(this.#options())
  }

  /** Of the next drawing. */
  take(rows: readonly Row[]) {
    this.#rows = rows
    this.virtual.setOptions(this.#options())
    const items = this.virtual.getVirtualItems()
    this.#next = { first: items[0]?.index ?? 0, last: items.at(-1)?.index ?? -1, mark: this.#mark() }
  }

  get isAtEnd(): boolean {
    return this.#isKept || this.virtual.isAtEnd(nearEnd)
  }

  get head(): T | undefined {
    return this.#headOf(this.#rows, this.virtual)
  }

  /** After each drawing. */
  settle() {
    this.#drawn = this.#next
    // Before it scrolls: the end may be farther away than it was.
    this.#place()
    this.virtual._willUpdate()
    this.#measure()
    this.#place()
    if (!this.#scroller) return
    // A scroll may be done whose event has not come yet.
    this.#note(this.#scroller)
    if (this.#isKept && leftBelow(this.#scroller) > nearEnd) this.virtual.scrollToEnd()
    if (this.#isStale()) this.#draw()
  }

  /** Who goes to a place leaves the end, or comes back to it. */
  follow(isKept: boolean) {
    this.#isKept = isKept
  }

  /** Until the returned function is called. */
  attach({ current: scroller }: RefObject<HTMLDivElement | null>, list: RefObject<HTMLElement | null>): (() => void) | undefined {
    if (!scroller) return undefined
    this.#scroller = scroller
    this.#list = list.current
    // Its own listeners come first.
    const end = this.virtual._didMount()
    this.virtual._willUpdate()
    const note = () => {
      this.#note(scroller)
      // Before the frame is painted, and before who went to a row looks for it.
      if (this.#isStale()) flushSync(this.#draw)
    }
    const observer = new ResizeObserver(() => {
      // What takes space from the view moves nothing: only a scroll that is higher up has left the end.
      if (scroller.scrollTop < this.#top) note()
      if (this.#isKept) this.virtual.scrollToEnd()
    })
    observer.observe(scroller)
    scroller.addEventListener('scroll', note, { passive: true })
    return () => {
      this.#scroller = null
      this.#list = null
      observer.disconnect()
      scroller.removeEventListener('scroll', note)
      end()
    }
  }

  /** Who scrolls up leaves the end; who comes near it has come back. */
  #note(scroller: HTMLElement) {
    if (leftBelow(scroller) <= nearEnd) this.#isKept = true
    else if (scroller.scrollTop < this.#top) this.#isKept = false
    this.#top = scroller.scrollTop
  }

  #mark(): string {
    return `${this.isAtEnd} ${this.head?.key}`
  }

  #isStale(): boolean {
    const { range } = this.virtual
    const { first, last, mark } = this.#drawn
    const isCovered = range === null || (first <= Math.max(0, range.startIndex - spare) && last >= Math.min(this.#rows.length - 1, range.endIndex + spare))
    return !isCovered || mark !== this.#mark()
  }

  /**
   * All that was drawn, in one layout. An observer would come after the layout of the frame: each row would have had two places in it, and
   * what the browser counts as a shift is the way between them.
   */
  #measure() {
    if (!this.#scroller) return
    const sizes = [...this.virtual.elementsCache.values()].map((row) => [this.virtual.indexFromElement(row), row.isConnected ? Math.round(row.getBoundingClientRect().height) : 0] as const)
    this.#isMeasuring = true
    for (const [index, size] of sizes) if (size > 0) this.virtual.resizeItem(index, size)
    this.#isMeasuring = false
  }

  /** Gives the list its height and each row its place, as far as they are in the document. */
  #place() {
    if (this.#list) this.#list.style.height = `${this.virtual.getTotalSize()}px`
    for (const row of this.virtual.elementsCache.values()) {
      const start = this.virtual.measurementsCache[this.virtual.indexFromElement(row)]?.start
      if (start !== undefined) row.style.top = `${start}px`
    }
  }

  #options() {
    const rows = this.#rows
    return {
      count: rows.length,
      getScrollElement: () => this.#scroller,
      estimateSize: (index: number) => heights[rows[index]?.kind ?? 'note'],
      getItemKey: (index: number) => rows[index]?.key ?? index,
      anchorTo: 'end',
      // Of a scroll that was not reported yet the virtualizer knows nothing: it still takes the end for where somebody reads.
      followOnAppend: this.#isKept,
      scrollEndThreshold: nearEnd,
      overscan,
      paddingStart: 8,
      paddingEnd: 12,
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      onChange: () => {
        if (this.#isMeasuring) return
        this.#place()
        if (this.#isStale()) this.#draw()
      },
    } as const
  }
}
