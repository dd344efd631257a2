import type { EyeInput } from '~/api/eye-frames'
import { Hands, letterbox, motionOf, positionOf, Twice, wheelOf, type Output } from '~/features/eyes/hands'
import type { Screen } from '~/features/eyes/screen'
import { createStore, type Store } from '~/lib/store'

/** How others read who holds the step. */
const myName = 'a person'
export const takeStep = { type: 'take', name: myName } as const

export type Playing = {
  isPlaying: boolean
  /** The keys go to the game now: the picture has the focus. */
  hasKeys: boolean
  hasPointer: boolean
  /** Codes of the keys that are down. */
  down: ReadonlySet<number>
}

const notPlaying: Playing = { isPlaying: false, hasKeys: false, hasPointer: false, down: new Set() }

export type Player = {
  now: Store<Playing>
  /** The element whose focus decides where the keys go, and what shows the picture. */
  attach(stage: HTMLElement, canvas: () => HTMLCanvasElement | null): () => void
  play(): void
  watch(): void
  /** Relative motion, for games that aim with it; the browser gives the pointer back on Esc. */
  lockPointer(): void
  /** A key that is pressed on screen. */
  hold(code: number, isDown: boolean): void
}

/** Where the pointer is in the output, or how far it went while it is locked. */
function placeOf(event: PointerEvent, stage: HTMLElement, canvas: HTMLCanvasElement | null, output: Output): EyeInput | undefined {
  if (!canvas) return undefined
  const picture = letterbox(canvas.getBoundingClientRect(), output)
  if (document.pointerLockElement === stage) return motionOf(event.movementX, event.movementY, picture, output)
  return positionOf(event.clientX, event.clientY, picture, output)
}

/**
 * A person's hands in an eye. While they play and the picture has the focus, every key and the pointer go to the game and nothing to
 * the page, except for the way out. What is down is let go whenever that ends.
 */
export function createPlayer(screen: Screen): Player {
  const now = createStore(notPlaying)
  const hands = new Hands()
  const twice = new Twice()
  let part: { stage: HTMLElement; canvas: () => HTMLCanvasElement | null } | undefined
  let playing: AbortController | undefined
  const note = (news: Partial<Playing>) => now.set((before) => ({ ...before, ...news }))

  function send(...inputs: readonly (EyeInput | undefined)[]) {
    const sent = inputs.filter((input) => input !== undefined)
    if (sent.length > 0) screen.press(...sent)
    if (sent.some(({ kind }) => kind === 'key')) note({ down: hands.keys })
  }
  const letGo = () => send(...hands.releaseAll())

  function watch() {
    letGo()
    playing?.abort()
    playing = undefined
    if (document.pointerLockElement) document.exitPointerLock()
    if (screen.seen.get().lease.isYours) screen.order({ type: 'give' })
    now.set(notPlaying)
  }

  function onKeyDown(event: KeyboardEvent) {
    event.preventDefault()
    event.stopPropagation()
    if (event.repeat) return
    if (twice.press(event.code, 'Escape', event.timeStamp)) watch()
    else send(hands.keyDown(event))
  }
  function onKeyUp(event: KeyboardEvent) {
    event.preventDefault()
    event.stopPropagation()
    send(hands.keyUp(event))
  }
  function onPointer(event: PointerEvent) {
    if (!part) return
    if (event.type === 'pointerdown') part.stage.focus()
    const { eye } = screen.seen.get()
    const output = screen.shown.get() ?? eye?.config
    const place = output && placeOf(event, part.stage, part.canvas(), output)
    const isDown = event.type === 'pointerdown'
    const isUp = event.type === 'pointerup' || event.type === 'pointercancel'
    send(place, isDown ? hands.buttonDown(event) : isUp ? hands.buttonUp({ button: Math.max(0, event.button) }) : undefined)
    event.preventDefault()
  }
  function onWheel(event: WheelEvent) {
    event.preventDefault()
    send(...wheelOf(event))
  }
  const onFocus = () => note({ hasKeys: part !== undefined && document.hasFocus() && document.activeElement === part.stage })
  function onBlur() {
    note({ hasKeys: false })
    letGo()
  }
  function onLock() {
    note({ hasPointer: part !== undefined && document.pointerLockElement === part.stage })
    // The browser keeps the Esc that gives the pointer back.
    if (!document.pointerLockElement) twice.press('Escape', 'Escape', performance.now())
  }

  function listen(stage: HTMLElement, signal: AbortSignal) {
    stage.addEventListener('keydown', onKeyDown, { signal })
    stage.addEventListener('keyup', onKeyUp, { signal })
    stage.addEventListener('wheel', onWheel, { signal, passive: false })
    for (const name of ['pointerdown', 'pointerup', 'pointermove', 'pointercancel'] as const) stage.addEventListener(name, onPointer, { signal })
    stage.addEventListener('contextmenu', (event) => event.preventDefault(), { signal })
    for (const target of [stage, window]) {
      target.addEventListener('focus', onFocus, { signal })
      target.addEventListener('blur', onBlur, { signal })
    }
    document.addEventListener('pointerlockchange', onLock, { signal })
    // A new viewer of the eye holds nothing down.
    signal.addEventListener('abort', screen.seen.subscribe(onLine))
  }
  function onLine() {
    const { isConnected, eye, lease } = screen.seen.get()
    if (eye?.endedAt !== undefined) return watch()
    // After a restart nobody holds it: who plays goes on.
    if (isConnected && eye?.state === 'waiting' && lease.holder === '' && !lease.isYours) screen.order(takeStep)
    if (isConnected || hands.keys.size === 0) return
    hands.releaseAll()
    note({ down: hands.keys })
  }

  return {
    now,
    attach(stage, canvas) {
      part = { stage, canvas }
      return () => {
        watch()
        part = undefined
      }
    },
    play() {
      if (!part) return
      const { eye, lease } = screen.seen.get()
      if (eye?.config.lockstep && !lease.isYours) screen.order(takeStep)
      playing?.abort()
      playing = new AbortController()
      listen(part.stage, playing.signal)
      note({ isPlaying: true })
      part.stage.focus()
      onFocus()
    },
    watch,
    lockPointer: () => void part?.stage.requestPointerLock(),
    hold: (code, isDown) => send(isDown ? hands.press('key', code) : hands.release('key', code)),
  }
}
