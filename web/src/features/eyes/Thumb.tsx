import type { Screen } from '~/features/eyes/screen'
import { useCanvas } from '~/features/eyes/use-screen'

/** As many pixels as a thumbnail has on a fine screen. */
const wish = { maxWidth: 560, maxHeight: 315, quality: 70, hz: 1 }

/** What an eye shows, once a second. It keeps the last picture when no more come. */
export function Thumb({ screen }: { screen: Screen }) {
  const draw = useCanvas(screen, wish)
  return <canvas ref={draw} width={16} height={9} aria-hidden="true" className="size-full" />
}
