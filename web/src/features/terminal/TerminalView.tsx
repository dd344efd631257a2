import { useState, type KeyboardEvent } from 'react'
import { useAct } from '~/api/use-act'
import { FindBar } from '~/features/terminal/FindBar'
import { Foot } from '~/features/terminal/Foot'
import type { FilePlace } from '~/features/terminal/links'
import { PasteDialog } from '~/features/terminal/PasteDialog'
import type { Session } from '~/features/terminal/session'
import { useTerminal } from '~/features/terminal/use-terminal'
import { visibleName } from '~/lib/visible'

export type TerminalViewProps = {
  launchId: string
  name: string
  endedAt: string | undefined
  /** A place in a file that its output names was chosen. */
  onPlace: ((place: FilePlace) => void) | undefined
  /** The keyboard leaves the terminal: where its focus goes. */
  onLeave: () => void
  onSize: (size: string) => void
  /** For the menu of the pane's head. */
  onSession?: (session: Session | undefined) => void
}

/** One terminal: its screen, what is looked for in it, and what must be known about it. */
export function TerminalView({ launchId, name, endedAt, onPlace, onLeave }: TerminalViewProps) {
  const [pasted, setPasted] = useState<string>()
  const [isFinding, setFinding] = useState(false)
  const { element, session, shown, restart } = useTerminal(launchId, {
    onPaste: setPasted,
    onFind: () => setFinding(true),
    onLeave,
    onPlace,
  })
  const take = useAct('take_terminal', undefined, 'toasted')
  const emulator = session?.emulator()
  function takeOver() {
    const sub = session?.sub()
    if (sub !== undefined) take.mutate({ launchId, sub })
    emulator?.terminal.focus()
  }
  function onKeyDown(event: KeyboardEvent) {
    if (!event.ctrlKey || event.shiftKey || event.altKey || event.code !== 'KeyF') return
    event.preventDefault()
    setFinding(true)
  }
  return (
    <section aria-label={`Terminal ${visibleName(name)}`} onKeyDown={onKeyDown} className="flex min-h-0 min-w-0 flex-1 flex-col bg-ansi-bg">
      {isFinding && emulator && (
        <FindBar
          emulator={emulator}
          onClose={() => {
            setFinding(false)
            emulator.terminal.focus()
          }}
        />
      )}
      <div ref={element} data-terminal className="terminal min-h-0 min-w-0 flex-1 overflow-auto" />
      <Foot shown={shown} endedAt={endedAt} canTake={session !== undefined} onTake={takeOver} onRestart={restart} />
      {pasted !== undefined && <PasteDialog text={pasted} onPaste={() => session?.paste(pasted)} onClose={() => setPasted(undefined)} />}
    </section>
  )
}
