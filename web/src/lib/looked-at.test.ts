import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type * as LookedAt from '~/lib/looked-at'

class Page extends EventTarget {
  hidden = false
  focused = true
  hasFocus = () => this.focused
}

const page = new Page()
let module: typeof LookedAt
let end: () => void

beforeEach(async () => {
  vi.useFakeTimers()
  page.hidden = false
  page.focused = true
  vi.stubGlobal('document', page)
  vi.stubGlobal('window', new EventTarget())
  vi.resetModules()
  module = await import('~/lib/looked-at')
  end = module.watchLooks()
})

afterEach(() => {
  end()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('a page that is left on screen is looked at for minutes after the last input, and again with the next one', () => {
  const { lookedAt, idleMs, lastInput } = module
  expect(lookedAt.get()).toBe(true)
  vi.advanceTimersByTime(idleMs - 1_000)
  window.dispatchEvent(new Event('keydown'))
  const last = Date.now()
  vi.advanceTimersByTime(idleMs - 1_000)
  expect(lookedAt.get()).toBe(true)
  vi.advanceTimersByTime(2_000)
  expect(lookedAt.get()).toBe(false)
  expect(lastInput()).toBe(last)
  window.dispatchEvent(new Event('pointermove'))
  expect(lookedAt.get()).toBe(true)
})

test('a window behind another one, and a hidden one, is not looked at', () => {
  const { lookedAt } = module
  page.focused = false
  window.dispatchEvent(new Event('blur'))
  expect(lookedAt.get()).toBe(false)
  page.focused = true
  window.dispatchEvent(new Event('focus'))
  expect(lookedAt.get()).toBe(true)
  page.hidden = true
  page.dispatchEvent(new Event('visibilitychange'))
  expect(lookedAt.get()).toBe(false)
})

test('a screen that locks itself after the person has gone is no act of theirs', () => {
  const { lookedAt, idleMs, lastInput } = module
  const last = lastInput()
  vi.advanceTimersByTime(2 * idleMs)
  page.hidden = true
  page.dispatchEvent(new Event('visibilitychange'))
  expect(lookedAt.get()).toBe(false)
  expect(lastInput()).toBe(last)
})
