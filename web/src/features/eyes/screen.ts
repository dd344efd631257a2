import type { EyeInput, EyePicture } from '~/api/eye-frames'
import { watchEye, type EyeHandlers, type EyeLease, type EyeOrder, type EyePictures, type EyeWatch } from '~/api/eyes'
import type { Eye } from '~/api/generated'
import type { CallError } from '~/api/wire'
import { createStore, type Store } from '~/lib/store'

/** Of the picture on screen. `at`: when it was drawn. */
export type Shown = Omit<EyePicture, 'jpeg'> & { at: number; perSecond: number }

export type Seen = {
  /** The row as it is now; undefined until the daemon has said it. */
  eye: Eye | undefined
  lease: EyeLease
  /** Time stands still: this page has the step and moves it by hand. */
  isHeld: boolean
  /** Why the newest thing that was done had no effect. */
  refused: string | undefined
  isConnected: boolean
  gone: CallError | undefined
}

const nothingSeen: Seen = { eye: undefined, lease: { isYours: false, holder: '' }, isHeld: false, refused: undefined, isConnected: false, gone: undefined }

/** One eye as this page sees it: its row, and its pictures on a canvas. */
export type Screen = {
  seen: Store<Seen>
  shown: Store<Shown | undefined>
  /** Pictures are asked for while there is a canvas, the page is on screen and `pictures` says which. */
  draw(canvas: HTMLCanvasElement | undefined): void
  want(pictures: EyePictures | undefined): void
  press(...inputs: readonly EyeInput[]): boolean
  order(order: EyeOrder): boolean
  /** Begins to watch; returns how to stop. */
  open(): () => void
}

/** Figures of the picture change on screen this often. */
const figuresEveryMs = 250

async function paint(canvas: HTMLCanvasElement, { jpeg, pictureWidth, pictureHeight }: EyePicture) {
  const bitmap = await createImageBitmap(new Blob([jpeg], { type: 'image/jpeg' }))
  if (canvas.width !== pictureWidth || canvas.height !== pictureHeight) Object.assign(canvas, { width: pictureWidth, height: pictureHeight })
  canvas.getContext('2d', { alpha: false })?.drawImage(bitmap, 0, 0)
  bitmap.close()
}

/** The figures of the newest picture, a few times a second, with how many came in a second. The last one is always said. */
function figures(shown: Store<Shown | undefined>) {
  let times: number[] = []
  let newest: Omit<Shown, 'perSecond'> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  function say() {
    timer = undefined
    if (newest) shown.set({ ...newest, perSecond: times.length })
  }
  return ({ jpeg: _, ...picture }: EyePicture) => {
    const at = Date.now()
    times = [...times.filter((one) => at - one < 1000), at]
    newest = { ...picture, at }
    if (shown.get() === undefined) say()
    else timer ??= setTimeout(say, figuresEveryMs)
  }
}

export function createScreen(eyeId: string): Screen {
  const seen = createStore(nothingSeen)
  const shown = createStore<Shown | undefined>(undefined)
  const note = (news: Partial<Seen>) => seen.set((now) => ({ ...now, ...news }))
  const count = figures(shown)
  let canvas: HTMLCanvasElement | undefined
  let wish: EyePictures | undefined
  let watch: EyeWatch | undefined
  const handlers: EyeHandlers = {
    onRow: (eye) => note({ eye }),
    async onPicture(picture) {
      if (canvas) await paint(canvas, picture)
      count(picture)
    },
    onLease: (lease) => note({ lease, isHeld: lease.isYours && seen.get().isHeld }),
    onRefused: (refused) => note({ refused }),
    onLine: (isConnected) => note({ isConnected }),
    onGone: (gone) => note({ gone, isConnected: false }),
  }
  const wanted = () => (canvas && document.visibilityState === 'visible' ? wish : undefined)
  const look = () => watch?.want(wanted())
  return {
    seen,
    shown,
    draw(next) {
      canvas = next
      look()
    },
    want(pictures) {
      wish = pictures
      look()
    },
    press(...inputs) {
      if (seen.get().refused !== undefined) note({ refused: undefined })
      return watch?.press(inputs) === true
    },
    order(order) {
      note({ refused: undefined, ...(order.type !== 'step' && { isHeld: order.type === 'hold' && order.isHeld }) })
      return watch?.order(order) === true
    },
    open() {
      watch = watchEye(eyeId, handlers, wanted())
      document.addEventListener('visibilitychange', look)
      return () => {
        document.removeEventListener('visibilitychange', look)
        watch?.close()
        watch = undefined
      }
    },
  }
}
