import { useState } from 'react'
import type { Terminal } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { nothingShown, type Session } from '~/features/terminal/session'
import type { useTerminals } from '~/features/terminal/use-terminals'
import { createStore, useStore } from '~/lib/store'
import { visibleName } from '~/lib/visible'
import { IconButton } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { ErrorNote } from '~/ui/ErrorNote'
import { TextField } from '~/ui/Field'
import { Icon } from '~/ui/Icon'
import { Menu, type MenuItem } from '~/ui/Menu'
import { toastUndo } from '~/ui/toasts'

const none = createStore(nothingShown)

type PicksProps = {
  worktreeId: string
  agentId: string | undefined
  terminals: ReturnType<typeof useTerminals>
  session: Session | undefined
}

/** At the right of the pane's head: which terminal is shown, and what can be done with it. */
export function Picks({ worktreeId, agentId, terminals, session }: PicksProps) {
  const { shells, first, second } = terminals
  const { size } = useStore(session?.shown ?? none)
  const [asking, setAsking] = useState<{ what: 'rename' | 'close'; terminal: Terminal }>()
  const create = useAct('create_terminal', ({ launchId }) => launchId !== undefined && terminals.open(launchId), 'toasted')
  const beside = useAct('create_terminal', ({ launchId }) => terminals.split(launchId), 'toasted')
  const fresh = { ...(agentId === undefined ? { worktreeId } : { agentId }), ...session?.shown.get().room }
  const terminal = first?.terminal
  const items: MenuItem[] = [
    ...shells.map(({ id, name, hint }) => ({ label: name, hint, isOn: id === first?.id, run: () => (id === first?.id ? session?.emulator()?.terminal.focus() : terminals.open(id)) })),
    'line',
    { label: 'New shell', icon: 'plus', run: () => create.mutate(fresh) },
    second
      ? { label: 'Close the split', icon: 'split', run: () => terminals.split(undefined) }
      : { label: 'New shell below', icon: 'split', run: () => beside.mutate(fresh) },
    ...(session ? [{ label: 'Clear', hint: 'The lines above the screen, here only', run: () => session.emulator()?.terminal.clear() }] : []),
    ...(terminal ? [{ label: 'Rename…', run: () => setAsking({ what: 'rename', terminal }) }] : []),
    ...(terminal?.state === 'running' ? [{ label: 'Close the terminal…', isDanger: true, run: () => setAsking({ what: 'close', terminal }) }] : []),
  ]
  return (
    <>
      {first && (
        <Menu
          label="Terminals"
          isSmall
          items={items}
          text={
            <>
              <span className="max-w-40 truncate">
                {first.name}
                {size && `, ${size.cols}×${size.rows}`}
              </span>
              <Icon name="down" className="size-3!" />
            </>
          }
        />
      )}
      <IconButton isSmall icon="plus" label="New shell" onClick={() => create.mutate(fresh)} disabled={create.isPending} />
      {asking?.what === 'rename' && <Rename terminal={asking.terminal} onClose={() => setAsking(undefined)} />}
      {asking?.what === 'close' && <Close terminal={asking.terminal} onClose={() => setAsking(undefined)} />}
    </>
  )
}

function Rename({ terminal, onClose }: { terminal: Terminal; onClose: () => void }) {
  // As it was when the dialog opened: the event of the new name may come before the answer.
  const [{ id: terminalId, name: before }] = useState(terminal)
  const [name, setName] = useState(before)
  const back = useAct('update_terminal', undefined, 'toasted')
  const update = useAct('update_terminal', (renamed) => {
    toastUndo(`Renamed to ${visibleName(renamed.name)}`, () => back.mutateAsync({ terminalId, name: before }))
    onClose()
  })
  return (
    <Dialog title="Rename the terminal" submit="Rename" onClose={onClose} isBusy={update.isPending || name.trim() === ''} onSubmit={() => update.mutate({ terminalId, name: name.trim() })}>
      <TextField label="Name" value={name} maxLength={100} onText={setName} error={update.error?.message} />
    </Dialog>
  )
}

function Close({ terminal, onClose }: { terminal: Terminal; onClose: () => void }) {
  const close = useAct('close_terminal', onClose)
  return (
    <Dialog title={`Close ${terminal.name}?`} submit="Close the terminal" isDanger onClose={onClose} isBusy={close.isPending} onSubmit={() => close.mutate({ terminalId: terminal.id })}>
      <p className="text-fg1">The programs that run in it end. What it has shown can still be read.</p>
      {close.error && <ErrorNote title="The terminal was not closed" error={close.error} />}
    </Dialog>
  )
}
