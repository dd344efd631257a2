import { useCallback, useEffect, useMemo } from 'react'
import type { EyePictures } from '~/api/eyes'
import { createScreen, type Screen, type Seen, type Shown } from '~/features/eyes/screen'
import { useStore } from '~/lib/store'

/** What is seen of an eye while the component is mounted. */
export function useScreen(eyeId: string): Screen {
  const screen = useMemo(() => createScreen(eyeId), [eyeId])
  useEffect(() => screen.open(), [screen])
  return screen
}

/** Draws on the canvas that gets this ref, with pictures as they are wanted. */
export function useCanvas(screen: Screen, wish: EyePictures | undefined): (canvas: HTMLCanvasElement) => () => void {
  const wanted = JSON.stringify(wish ?? null)
  useEffect(() => screen.want(JSON.parse(wanted) ?? undefined), [screen, wanted])
  return useCallback(
    (canvas: HTMLCanvasElement) => {
      screen.draw(canvas)
      return () => screen.draw(undefined)
    },
    [screen],
  )
}

export const useSeen = (screen: Screen): Seen => useStore(screen.seen)
export const useShown = (screen: Screen): Shown | undefined => useStore(screen.shown)
