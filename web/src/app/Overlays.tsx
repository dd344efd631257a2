import { useEffect } from 'react'
import { closeOverlay, overlay, startAgentWith } from '~/app/overlays'
import { useStore } from '~/lib/store'
import { evidence } from '~/ui/evidence'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'
import { prepareToasts } from '~/ui/toasts'

const loadPalette = () => import('~/features/palette/Palette')
const loadSheet = () => import('~/features/palette/KeySheet')
const loadStart = () => import('~/features/start/StartDialog')
const loadEvidence = () => import('~/features/agent-facts/EvidencePopup')
const loadMenus = () => import('~/ui/MenuPopup')

const Palette = lazyPart(async () => (await loadPalette()).Palette)
const KeySheet = lazyPart(async () => (await loadSheet()).KeySheet)
const StartDialog = lazyPart(async () => (await loadStart()).StartDialog)
const EvidencePopup = lazyPart(async () => (await loadEvidence()).EvidencePopup)

const closeEvidence = () => evidence.set(undefined)

/** Their code, and that of menus, comes once the page has nothing else to do: it is there also while the daemon is away. */
function useIdleLoad() {
  useEffect(() => {
    const load = () => void Promise.all([prepareToasts(), loadMenus(), loadPalette(), loadStart(), loadSheet()]).catch(() => undefined)
    if (!('requestIdleCallback' in window)) {
      const timer = setTimeout(load, 2_000)
      return () => clearTimeout(timer)
    }
    const handle = requestIdleCallback(load, { timeout: 5_000 })
    return () => cancelIdleCallback(handle)
  }, [])
}

/** What lies over every page: the palette, the sheet of keys, the start dialog, and what a status is based on. */
export function Overlays() {
  const open = useStore(overlay)
  const shown = useStore(evidence)
  useIdleLoad()
  return (
    <>
      <LazyPart key={open?.kind ?? 'none'} onFail={closeOverlay}>
        {open && <Opened open={open} />}
      </LazyPart>
      {shown && (
        <LazyPart onFail={closeEvidence}>
          <EvidencePopup key={shown.agent.id} shown={shown} onClose={closeEvidence} />
        </LazyPart>
      )}
    </>
  )
}

function Opened({ open }: { open: NonNullable<ReturnType<typeof overlay.get>> }) {
  switch (open.kind) {
    case 'palette':
      return <Palette onClose={closeOverlay} onStart={startAgentWith} />
    case 'keys':
      return <KeySheet onClose={closeOverlay} />
    case 'start':
      return <StartDialog worktreeId={open.worktreeId} prompt={open.prompt} onClose={closeOverlay} />
    default:
      return open satisfies never
  }
}
