import { createStore, type Store } from '~/lib/store'

/** Without any input for so long nobody sits before the page, however visible it is. */
export const idleMs = 5 * 60_000

/** inputAt: the last act of a person on this page. */
export type Sight = { isVisible: boolean; hasFocus: boolean; inputAt: number }

/** A window behind another one calls itself visible, and a page that was left on screen has the focus all night. */
export const isLooked = ({ isVisible, hasFocus, inputAt }: Sight, now: number): boolean => isVisible && hasFocus && now - inputAt < idleMs

let inputAt = Date.now()

const isNow = () => typeof document !== 'undefined' && isLooked({ isVisible: !document.hidden, hasFocus: document.hasFocus(), inputAt }, Date.now())

/** Whether somebody looks at this page: the one rule for what was seen and read, who is here, and what is worth a notification. */
export const lookedAt: Store<boolean> = createStore(isNow())

/** When somebody last did anything here. */
export const lastInput = () => inputAt

const inputs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove'] as const
const moves = ['focus', 'blur'] as const
/** Of inputs in a row only some are noted. */
const noteEveryMs = 1_000

/** Begins to watch, once for the page. Returns how to end it. */
export function watchLooks(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  function read() {
    clearTimeout(timer)
    const is = isNow()
    lookedAt.set(is)
    if (is) timer = setTimeout(read, inputAt + idleMs - Date.now() + 1)
  }
  function onInput() {
    if (lookedAt.get() && Date.now() - inputAt < noteEveryMs) return
    inputAt = Date.now()
    if (!lookedAt.get()) read()
  }
  /** Coming to the page, or leaving it while it is used, is an act, too; a screen that locks itself later is none. */
  function onMove() {
    if (lookedAt.get() ? isLooked({ isVisible: true, hasFocus: true, inputAt }, Date.now()) : !document.hidden && document.hasFocus()) inputAt = Date.now()
    read()
  }
  for (const name of inputs) window.addEventListener(name, onInput, { capture: true, passive: true })
  for (const name of moves) window.addEventListener(name, onMove)
  document.addEventListener('visibilitychange', onMove)
  read()
  return () => {
    clearTimeout(timer)
    for (const name of inputs) window.removeEventListener(name, onInput, { capture: true })
    for (const name of moves) window.removeEventListener(name, onMove)
    document.removeEventListener('visibilitychange', onMove)
  }
}
