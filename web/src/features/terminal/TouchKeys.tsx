import type { MouseEvent } from 'react'
import type { Session } from '~/features/terminal/session'
import { dataOf, touchKeys, type TouchKey } from '~/features/terminal/touch-keys'
import { useStore } from '~/lib/store'
import { Button } from '~/ui/Button'

/** The terminal keeps the focus, and so the phone its keyboard. */
const keepFocus = (event: MouseEvent) => event.preventDefault()

/** What a phone's keyboard has no keys for. Ctrl holds for the next character. */
export function TouchKeys({ session }: { session: Session }) {
  const isCtrl = useStore(session.ctrl)
  function press(key: TouchKey) {
    const terminal = session.emulator()?.terminal
    const data = dataOf(key, terminal?.modes.applicationCursorKeysMode === true, session.ctrl.get())
    session.ctrl.set(false)
    terminal?.input(data)
  }
  return (
    <div role="toolbar" aria-label="Keys" data-foot="" className="flex shrink-0 overflow-x-auto border-t border-line px-2">
      {touchKeys.map((key) => (
        <Button key={key.name} look="quiet" isSmall aria-label={key.name} onMouseDown={keepFocus} onClick={() => press(key)}>
          {key.text}
        </Button>
      ))}
      <Button look={isCtrl ? 'solid' : 'quiet'} isSmall aria-pressed={isCtrl} onMouseDown={keepFocus} onClick={() => session.ctrl.set((now) => !now)}>
        Ctrl
      </Button>
    </div>
  )
}
