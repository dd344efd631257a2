import { lazy, Suspense } from 'react'
import { closeOverlay, overlay, showKeys } from '~/app/overlays'
import { useStore } from '~/lib/store'

const Palette = lazy(async () => ({ default: (await import('~/features/palette/Palette')).Palette }))
const KeySheet = lazy(async () => ({ default: (await import('~/features/palette/KeySheet')).KeySheet }))

/** What lies over the frame. Its code comes when it is first wanted. */
export function OverlayHost() {
  const open = useStore(overlay)
  if (!open) return null
  return (
    <Suspense fallback={null}>
      {open.kind === 'palette' && <Palette onClose={closeOverlay} onSheet={showKeys} onStart={(prompt) => overlay.set({ kind: 'start', prompt })} />}
      {open.kind === 'keys' && <KeySheet onClose={closeOverlay} />}
    </Suspense>
  )
}
