import { watchTerminal, type TerminalExit, type TerminalHandlers, type TerminalSize, type TerminalView } from '~/api/terminals'
import type { Emulator } from '~/features/terminal/emulator'
import { takesKeyboard } from '~/features/terminal/layout'
import { bytesOf, keep, keepMore, leaveKept, nothingKept, takeKept, type Kept } from '~/features/terminal/kept'
import type { FilePlace } from '~/features/terminal/links'
import { controlled } from '~/features/terminal/touch-keys'
import { isTouch } from '~/lib/focus'
import { isKeyOfPage } from '~/lib/keys'
import { formatBytes } from '~/lib/format'
import { createStore, type Store } from '~/lib/store'
import { toastError } from '~/ui/toasts'

/** What is known of a terminal that is on screen, beside its screen. */
export type Shown = {
  phase: 'opening' | 'live' | 'broken' | 'ended' | 'refused'
  size: TerminalSize | undefined
  /** The size that this window has room for. */
  room: TerminalSize | undefined
  isYours: boolean
  /** Something before the screen is gone from the log. */
  isPartial: boolean
  /** Bytes that were not shown because they came too fast, or are gone. */
  gap: { bytes: number; reason: string } | undefined
  /** Sent before the line broke, and perhaps not taken. */
  unheardBytes: number
  /** Typed and not sent. As long as there is some, or something may not have been taken, every key is kept here. */
  kept: Kept
  exit: TerminalExit | undefined
  error: Error | undefined
}

export const nothingShown: Shown = {
  phase: 'opening', size: undefined, room: undefined, isYours: false, isPartial: false, gap: undefined, unheardBytes: 0, kept: nothingKept, exit: undefined,
  error: undefined,
}

export type SessionOptions = {
  /** Text of several lines: asked about before it is sent. */
  onPaste: (text: string) => void
  onPlace: ((place: FilePlace) => void) | undefined
}

export type Session = {
  shown: Store<Shown>
  emulator(): Emulator | undefined
  sub(): number | undefined
  paste(text: string): void
  /** What was kept goes to the program now, and keys do again. */
  sendKept(): void
  /** What was kept is forgotten, and keys go to the program again. */
  discardKept(): void
  /** Whether its cursor blinks. */
  blink(isOn: boolean): void
  /** Ctrl of the keys on screen: it holds for the next character. */
  ctrl: Store<boolean>
  /** This window's size counts from here on, if it is the one that takes over. */
  claim(): void
  /** Once more, after a refusal. */
  restart(): void
  close(): void
}

const fitDelayMs = 80

function handlersOf(emulator: Emulator, shown: Store<Shown>): TerminalHandlers {
  const { terminal } = emulator
  const note = (more: Partial<Shown>) => shown.set((now) => ({ ...now, ...more }))
  return {
    onBytes: (bytes, drawn) => terminal.write(bytes, drawn),
    onSize(size) {
      // Behind the output before it, which waits in the emulator.
      terminal.write('', () => terminal.resize(size.cols, size.rows))
      note({ size })
    },
    onScreen: (isPartial) => note({ isPartial }),
    onOwner: (isYours) => note({ isYours }),
    onGap: (from, to, reason) => shown.set((now) => ({ ...now, gap: { bytes: (now.gap?.bytes ?? 0) + Math.max(0, to - from), reason } })),
    onExit(exit) {
      terminal.options.cursorInactiveStyle = 'none'
      note({ phase: 'ended', exit })
    },
    onLine(isConnected, unheardBytes, unsent) {
      if (isConnected) return note({ phase: 'live' })
      shown.set((now) => ({ ...now, phase: 'broken', unheardBytes: now.unheardBytes + unheardBytes, kept: keepMore(now.kept, unsent) }))
    },
    onFault: (error) => note({ error }),
    onRefused: (error, unsent) => shown.set((now) => ({ ...now, phase: 'refused', error, kept: keepMore(now.kept, unsent) })),
  }
}

/** Rows that the emulator wrapped are one line. */
export function copySelection(session: Session | undefined) {
  const text = session?.emulator()?.terminal.getSelection()
  if (text) void navigator.clipboard.writeText(text).catch(() => toastError(new Error('Nothing was copied: the browser did not allow it.')))
}

function isSeveralLines(text: string): boolean {
  return /[\r\n]/.test(text)
}

/** Shows a terminal in an element until it is closed. The emulator's code comes with the first one. */
export function startTerminal(element: HTMLElement, launchId: string, options: SessionOptions): Session {
  const shown = createStore<Shown>({ ...nothingShown, ...takeKept(launchId) })
  const leave = new AbortController()
  const ctrl = createStore(false)
  // Who only looks on a phone changes nothing for others: its size counts once it types.
  let isClaimed = !isTouch()
  const note = (more: Partial<Shown>) => shown.set((now) => ({ ...now, ...more }))
  let isBlinking = false
  let emulator: Emulator | undefined
  let view: TerminalView | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  function fit() {
    const room = emulator?.fit()
    if (!room) return
    const bounded = { rows: Math.min(500, Math.max(1, room.rows)), cols: Math.min(1000, Math.max(4, room.cols)) }
    shown.set((now) => ({ ...now, room: bounded }))
    if (isClaimed) view?.resize(bounded)
  }

  function claim() {
    if (isClaimed) return
    isClaimed = true
    fit()
  }

  const isTooMuch = (bytes: Uint8Array) => note({ error: new Error(`Too much input at once: ${formatBytes(bytes.length)}, while earlier input is still waiting to be sent`) })

  function keepBack(bytes: Uint8Array) {
    const kept = keep(shown.get().kept, [bytes])
    if (kept) note({ kept })
    else isTooMuch(bytes)
  }

  /**
   * Who types has read what was noted, except where something typed before may be missing: a command with a hole in it is another
   * command, so then every key waits until the person has decided.
   */
  function type(typed: Uint8Array) {
    claim()
    const bytes = ctrl.get() ? controlled(typed) : typed
    ctrl.set(false)
    const { gap, error, unheardBytes, phase, kept } = shown.get()
    if (kept.length > 0 || unheardBytes > 0) return keepBack(bytes)
    if (view?.type(bytes) === false) return phase === 'live' ? isTooMuch(bytes) : keepBack(bytes)
    if (phase === 'live' && (gap || error)) note({ gap: undefined, error: undefined })
  }

  /** In one piece, behind which the next keys go. Where the line has just broken again, it stays. */
  function sendKept() {
    const { kept } = shown.get()
    if (shown.get().phase !== 'live' || (kept.length > 0 && view?.type(bytesOf(kept)) === false)) return
    note({ kept: nothingKept, unheardBytes: 0, error: undefined })
    emulator?.terminal.focus()
  }

  const observer = new ResizeObserver(() => {
    clearTimeout(timer)
    timer = setTimeout(fit, fitDelayMs)
  })

  function lookOrNot() {
    if (document.hidden) view?.pause()
    else view?.resume()
  }

  function onPaste(event: ClipboardEvent) {
    const text = event.clipboardData?.getData('text/plain') ?? ''
    if (!isSeveralLines(text)) return
    event.preventDefault()
    event.stopPropagation()
    options.onPaste(text)
  }

  const session: Session = {
    shown,
    emulator: () => emulator,
    sub: () => view?.sub(),
    paste: (text) => emulator?.terminal.paste(text),
    sendKept,
    discardKept() {
      note({ kept: nothingKept, unheardBytes: 0, error: undefined })
      emulator?.terminal.focus()
    },
    blink(isOn) {
      isBlinking = isOn
      if (emulator) emulator.terminal.options.cursorBlink = isOn
    },
    ctrl,
    claim,
    restart() {
      if (!emulator) return void begin()
      const unsent = view?.close() ?? []
      const { kept, unheardBytes } = shown.get()
      shown.set({ ...nothingShown, kept: keepMore(kept, unsent), unheardBytes })
      view = watchTerminal(launchId, handlersOf(emulator, shown))
      return fit()
    },
    close() {
      const { kept, unheardBytes } = shown.get()
      leaveKept(launchId, { kept: keepMore(kept, view?.close() ?? []), unheardBytes })
      leave.abort()
      clearTimeout(timer)
      observer.disconnect()
      emulator?.dispose()
    },
  }

  async function load() {
    const { loadFont, openEmulator } = await import('~/features/terminal/emulator')
    await loadFont()
    if (leave.signal.aborted) return
    emulator = openEmulator(element, {
      isBlinking,
      onInput: type,
      // Those of the page are left to it. A program that has ended needs none.
      onKey: (event) => !isKeyOfPage(event) && shown.get().phase !== 'ended',
      onPlace: options.onPlace,
    })
    element.addEventListener('paste', onPaste, { capture: true, signal: leave.signal })
    document.addEventListener('visibilitychange', lookOrNot, { signal: leave.signal })
    view = watchTerminal(launchId, handlersOf(emulator, shown))
    fit()
    observer.observe(element)
    lookOrNot()
    if (takesKeyboard(launchId)) emulator.terminal.focus()
  }

  function begin() {
    load().catch((error: unknown) => {
      shown.set((now) => ({ ...now, phase: 'refused', error: error instanceof Error ? error : new Error('The terminal could not be shown.') }))
    })
  }

  begin()
  return session
}
