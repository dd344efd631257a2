// What the window does between a scroll and the event that reports it, which no browser can be made to wait for.
import { expect, test, vi } from 'vitest'
import { RowWindow } from '~/features/transcript/row-window'
import type { Row } from '~/features/transcript/rows'

const at = '2026-11-23T08:00:00.000000Z'
const rows = (count: number): Row[] => Array.from({ length: count }, (_, n) => ({ kind: 'new', key: `n${n}`, depth: 0, at }))
const viewPx = 600

/** As much of an element as a window needs; its list is as high as the window makes it, and a scroll is reported by `report` alone. */
class Scroller extends EventTarget {
  readonly list = { style: { height: '0px' } }
  readonly clientHeight = viewPx
  readonly offsetHeight = viewPx
  readonly offsetWidth = 800
  readonly ownerDocument = { defaultView: globalThis }
  scrollLeft = 0
  scrollTop = 0

  get scrollHeight() {
    return Math.max(viewPx, Number.parseFloat(this.list.style.height))
  }

  get below() {
    return this.scrollHeight - this.scrollTop - viewPx
  }

  scrollTo({ top }: { top: number }) {
    this.scrollTop = Math.max(0, Math.min(top, this.scrollHeight - viewPx))
  }

  getBoundingClientRect() {
    return { width: 800, height: viewPx }
  }

  report() {
    this.dispatchEvent(new Event('scroll'))
  }
}

function openWindow(count: number) {
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} })
  vi.stubGlobal('requestAnimationFrame', () => 0)
  vi.stubGlobal('cancelAnimationFrame', () => undefined)
  const scroller = new Scroller()
  const window = new RowWindow<{ key: string }>(true, () => undefined, () => undefined)
  const show = (n: number) => {
    window.take(rows(n))
    window.settle()
  }
  window.take(rows(count))
  // @ts-expect-error -- it is no element of a document.
  window.attach({ current: scroller }, { current: scroller.list })
  window.settle()
  scroller.report()
  return { window, scroller, show }
}

test('who reads the end goes on with it when rows are added', () => {
  const { scroller, show } = openWindow(100)
  expect(scroller.below).toBe(0)
  show(200)
  expect(scroller.below).toBe(0)
})

test('rows that are added behind a jump do not lead back to the end, also before its scroll is reported', () => {
  const { window, scroller, show } = openWindow(100)
  window.follow(false)
  window.virtual.scrollToIndex(50, { align: 'center' })
  const top = scroller.scrollTop
  expect(scroller.below).toBeGreaterThan(viewPx)
  show(200)
  expect(scroller.scrollTop).toBe(top)
  scroller.report()
  show(300)
  expect(scroller.scrollTop).toBe(top)
})
