import { useCallback, useEffect, useRef, useState, type RefObject } from 'react'
import type { EyePictures } from '~/api/eyes'
import { isAlive } from '~/api/eye-list'
import type { Eye } from '~/api/generated'
import type { Output } from '~/features/eyes/hands'
import type { Player } from '~/features/eyes/player'
import { useCanvas, useShown } from '~/features/eyes/use-screen'
import type { Screen } from '~/features/eyes/screen'
import { useStore } from '~/lib/store'
import { visibleName } from '~/lib/visible'

type Box = { width: number; height: number }

function useBox(part: RefObject<HTMLElement | null>): Box {
  const [box, setBox] = useState<Box>({ width: 0, height: 0 })
  useEffect(() => {
    if (!part.current) return undefined
    const observer = new ResizeObserver(([entry]) => entry && setBox({ width: entry.contentRect.width, height: entry.contentRect.height }))
    observer.observe(part.current)
    return () => observer.disconnect()
  }, [part])
  return box
}

const least = 16
const quality = { fit: 85, exact: 95 } as const

/** Pictures no larger than what is seen of them; undefined until it is known how much that is. */
export function wishFor(box: Box, output: Output, isExact: boolean, ratio: number): EyePictures | undefined {
  if (box.width === 0) return undefined
  const side = (shown: number, whole: number) => Math.max(least, Math.min(whole, Math.ceil(shown * ratio)))
  if (isExact) return { maxWidth: output.width, maxHeight: output.height, quality: quality.exact, hz: 30 }
  return { maxWidth: side(box.width, output.width), maxHeight: side(box.height, output.height), quality: quality.fit, hz: 30 }
}

/** How many pixels of the screen one of the output is: a whole number, at least one. */
export function multipleFor(box: Box, output: Output, ratio: number): number {
  return Math.max(1, Math.floor(Math.min((box.width * ratio) / output.width, (box.height * ratio) / output.height)))
}

type StageProps = { screen: Screen; eye: Eye; output: Output; isExact: boolean; player: Player }

/** The picture, on black. Nothing is drawn upon it; whose keys it has is shown by its outline and by the line below. */
export function Stage({ screen, eye, output, isExact, player }: StageProps) {
  const stage = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const playing = useStore(player.now)
  useEffect(() => (stage.current ? player.attach(stage.current, () => canvas.current) : undefined), [player])
  const box = useBox(stage)
  const ratio = window.devicePixelRatio
  const draw = useCanvas(screen, wishFor(box, output, isExact, ratio))
  const attach = useCallback(
    (element: HTMLCanvasElement) => {
      canvas.current = element
      return draw(element)
    },
    [draw],
  )
  const hasPicture = useShown(screen) !== undefined
  const times = multipleFor(box, output, ratio) / ratio
  return (
    <div
      ref={stage}
      role="application"
      tabIndex={0}
      aria-label={`What ${visibleName(eye.name)} shows`}
      aria-roledescription={playing.isPlaying ? 'game, your keys go to it' : 'live picture'}
      style={{ aspectRatio: `${output.width} / ${output.height}` }}
      className={`eye-screen eye-stage grid w-full ${isExact ? 'overflow-auto' : 'overflow-hidden'} ${playing.hasKeys ? 'eye-played' : ''}`}
    >
      {!hasPicture && <p className="m-auto px-6 text-center text-sm">{isAlive(eye) ? 'Waiting for a picture.' : 'It does not run, and this page has seen no picture of it.'}</p>}
      <canvas
        ref={attach}
        width={output.width}
        height={output.height}
        data-exact={isExact || undefined}
        style={isExact ? { width: output.width * times, height: output.height * times, maxWidth: 'none', imageRendering: 'pixelated' } : undefined}
        className={!hasPicture ? 'hidden' : isExact ? 'm-auto' : 'size-full min-h-0'}
      />
    </div>
  )
}
