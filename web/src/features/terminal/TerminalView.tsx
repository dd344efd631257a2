import '~/ui/ansi.css'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { useAct } from '~/api/use-act'
import { FindBar } from '~/features/terminal/FindBar'
import { Foot } from '~/features/terminal/Foot'
import type { FilePlace } from '~/features/terminal/links'
import { PasteDialog } from '~/features/terminal/PasteDialog'
import { copySelection, type Session } from '~/features/terminal/session'
import { TouchKeys } from '~/features/terminal/TouchKeys'
import { useTerminal } from '~/features/terminal/use-terminal'
import { useKeys } from '~/lib/keys'
import { useIsTouch } from '~/lib/use-media'
import { visibleName } from '~/lib/visible'

export type TerminalViewProps = {
  launchId: string
  name: string
  endedAt: string | undefined
  /** A place in a file that its output names was chosen. */
  onPlace: ((place: FilePlace) => void) | undefined
  /** The keyboard leaves the terminal: where its focus goes. */
  onLeave: () => void
  /** What is shown, for the pane's head; undefined when it is gone. */
  onSession: (session: Session | undefined) => void
}

function useReport(session: Session | undefined, onSession: (session: Session | undefined) => void) {
  const report = useEffectEvent(onSession)
  useEffect(() => {
    report(session)
    return () => report(undefined)
  }, [session])
}

/** One terminal: its screen, what is looked for in it, and what must be known about it. */
export function TerminalView({ launchId, name, endedAt, onPlace, onLeave, onSession }: TerminalViewProps) {
  const frame = useRef<HTMLElement>(null)
  const [pasted, setPasted] = useState<string>()
  const [isFinding, setFinding] = useState(false)
  const { element, session, shown } = useTerminal(launchId, { onPaste: setPasted, onPlace })
  const take = useAct('take_terminal', undefined, 'toasted')
  const emulator = session?.emulator()
  const hasEnded = shown.phase === 'ended'
  const isHeld = shown.phase === 'live' && (shown.kept.length > 0 || shown.unheardBytes > 0)
  const isTouch = useIsTouch()
  useReport(session, onSession)
  useKeys(
    'pane',
    [
      { keys: 'Ctrl+Shift+S', label: 'find', inTerminal: true, isQuiet: hasEnded, run: () => setFinding(true) },
      { keys: 'Ctrl+F', label: 'find', inFields: true, inTerminal: hasEnded, run: () => setFinding(true) },
      { keys: 'Ctrl+Shift+C', label: 'copy', inTerminal: true, run: () => copySelection(session) },
      ...(isHeld
        ? [
            { keys: 'Ctrl+Shift+Enter', label: 'send what was typed', inTerminal: true, run: () => session?.sendKept() },
            { keys: 'Ctrl+Shift+Backspace', label: 'discard it', inTerminal: true, run: () => session?.discardKept() },
          ]
        : []),
      { keys: 'Ctrl+Shift+E', label: 'leave the terminal', inTerminal: true, run: onLeave },
    ],
    { within: frame },
  )
  function takeOver() {
    session?.claim()
    const sub = session?.sub()
    if (sub !== undefined) take.mutate({ launchId, sub })
    emulator?.terminal.focus()
  }
  return (
    <section ref={frame} aria-label={`Terminal ${visibleName(name)}`} className="relative flex min-h-0 min-w-0 flex-1 flex-col bg-ansi-bg">
      {isFinding && emulator && (
        <FindBar
          emulator={emulator}
          onClose={() => {
            setFinding(false)
            emulator.terminal.focus()
          }}
        />
      )}
      <div ref={element} data-terminal className="min-h-0 min-w-0 flex-1 overflow-auto [&_.xterm]:h-full [&_.xterm]:py-3 [&_.xterm]:pl-4 [&_.xterm-viewport]:bg-ansi-bg!" />
      {isTouch && session && shown.phase === 'live' && <TouchKeys session={session} />}
      <Foot shown={shown} endedAt={endedAt} canTake={session !== undefined} onTake={takeOver} onRestart={() => session?.restart()} onSend={() => session?.sendKept()} onDiscard={() => session?.discardKept()} />
      {pasted !== undefined && <PasteDialog text={pasted} onPaste={() => session?.paste(pasted)} onClose={() => setPasted(undefined)} />}
    </section>
  )
}
