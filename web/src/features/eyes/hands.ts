import type { EyeInput } from '~/api/eye-frames'
import { buttonCodeOf, keyCodeOf } from '~/features/eyes/key-codes'

/** Where a picture is drawn, and how large the output is that it shows. */
export type Place = { left: number; top: number; width: number; height: number }
export type Output = { width: number; height: number }

/** 1/256 of a pixel. */
const fine = 256
/** In 1/120 of a notch. A browser says 100 px for one, or lines. */
const perNotch = 120
const notchPx = 100
const linePx = 40

/** Where the picture of that shape lies within its box: as large as fits, in the middle. */
export function letterbox(box: Place, output: Output): Place {
  const scale = Math.min(box.width / output.width, box.height / output.height)
  const [width, height] = [output.width * scale, output.height * scale]
  return { left: box.left + (box.width - width) / 2, top: box.top + (box.height - height) / 2, width, height }
}

const within = (at: number, size: number) => Math.round(Math.min(1, Math.max(0, at)) * (size - 1) * fine)

/** A point of the window in the output; what is outside of the picture is at its edge. */
export function positionOf(x: number, y: number, picture: Place, output: Output): EyeInput {
  return { kind: 'position', a: within((x - picture.left) / picture.width, output.width), b: within((y - picture.top) / picture.height, output.height) }
}

/** How far the pointer went: pixels of the window are made pixels of the output. */
export function motionOf(dx: number, dy: number, picture: Place, output: Output): EyeInput {
  return { kind: 'motion', a: Math.round(((dx * output.width) / picture.width) * fine), b: Math.round(((dy * output.height) / picture.height) * fine) }
}

export function wheelOf({ deltaX, deltaY, deltaMode }: Pick<WheelEvent, 'deltaX' | 'deltaY' | 'deltaMode'>): EyeInput[] {
  const notches = (delta: number) => Math.round(((deltaMode === 1 ? delta * linePx : delta) / notchPx) * perNotch)
  const both: EyeInput[] = [
    { kind: 'wheel', code: 0, a: notches(deltaY) },
    { kind: 'wheel', code: 1, a: notches(deltaX) },
  ]
  return both.filter(({ a }) => a !== 0)
}

/** What one person presses: each key is down once, and all are let go when the person goes. */
export class Hands {
  readonly #down = new Map<string, EyeInput>()

  get keys(): ReadonlySet<number> {
    return new Set([...this.#down.values()].filter(({ kind }) => kind === 'key').map(({ code = 0 }) => code))
  }

  /** Undefined: no key of a game, or it is down already. */
  press(kind: 'key' | 'button', code: number | undefined): EyeInput | undefined {
    if (code === undefined || this.#down.has(`${kind} ${code}`)) return undefined
    const input: EyeInput = { kind, code, a: 1 }
    this.#down.set(`${kind} ${code}`, input)
    return input
  }

  release(kind: 'key' | 'button', code: number | undefined): EyeInput | undefined {
    return this.#down.delete(`${kind} ${code}`) ? { kind, code: code ?? 0, a: 0 } : undefined
  }

  releaseAll(): EyeInput[] {
    const inputs = [...this.#down.values()].map((input): EyeInput => ({ ...input, a: 0 }))
    this.#down.clear()
    return inputs
  }

  keyDown = (event: Pick<KeyboardEvent, 'code'>) => this.press('key', keyCodeOf(event.code))
  keyUp = (event: Pick<KeyboardEvent, 'code'>) => this.release('key', keyCodeOf(event.code))
  buttonDown = (event: Pick<MouseEvent, 'button'>) => this.press('button', buttonCodeOf(event.button))
  buttonUp = (event: Pick<MouseEvent, 'button'>) => this.release('button', buttonCodeOf(event.button))
}

/** The way out: the same key twice within this time. Once is the game's. */
const twiceMs = 500

export class Twice {
  #last = -Infinity

  /** Whether this press is the second. */
  press(key: string, wanted: string, at: number): boolean {
    const isSecond = key === wanted && at - this.#last <= twiceMs
    this.#last = key === wanted && !isSecond ? at : -Infinity
    return isSecond
  }
}
