import { useState } from 'react'
import { bidiText, Group, longText, nothing, Sample } from '~/app/pages/components/Sample'
import { openPalette, showKeys, startAgent } from '~/app/overlays'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { TextField } from '~/ui/Field'
import { Menu } from '~/ui/Menu'
import { toast, toastError, toastUndo } from '~/ui/toasts'
import { SendTo } from '~/ui/SendTo'
import { UndoMenu } from '~/ui/UndoMenu'

const acts = [
  { heading: 'retry-backoff' },
  { label: 'Rename', keys: 'F2', run: nothing },
  { label: 'Open in a terminal', hint: 'A shell in its folder', icon: 'terminal', run: nothing },
  { label: 'Land', isOff: 'Its checks have not run yet.', run: nothing },
  { label: longText, run: nothing },
  { label: bidiText, run: nothing },
  'line',
  { label: 'Remove', icon: 'trash', isDanger: true, run: nothing },
] as const
const orders = [
  { label: 'By name', isOn: true, run: nothing },
  { label: 'By age', isOn: false, run: nothing },
] as const
const agents = [
  { id: 'first', name: 'Bound the retry backoff' },
  { id: 'second', name: bidiText },
]
const dialogs = ['form', 'busy', 'danger', 'long'] as const
type DialogName = (typeof dialogs)[number]

export function Overlays() {
  const [open, setOpen] = useState<DialogName>()
  return (
    <Group title="Over the page">
      <Sample state="menus">
        <Menu label="Acts of a sample" text="Acts" items={acts} />
        <Menu label="Order of a sample" text="By name" icon="down" look="plain" isSmall items={orders} />
        <Menu label="More about a sample" icon="more" items={acts} />
        <SendTo text="Send to agent" about={bidiText} agents={agents.slice(0, 1)} onSend={nothing} />
        <SendTo text="Send to one of them" agents={agents} onSend={nothing} />
        <Menu label="A menu that is off" text="Off" isOff items={orders} />
      </Sample>
      <Sample state="dialogs">
        {dialogs.map((name) => (
          <Button key={name} onClick={() => setOpen(name)}>
            Dialog: {name}
          </Button>
        ))}
        {open && <Opened name={open} onClose={() => setOpen(undefined)} />}
      </Sample>
      <Sample state="toasts">
        <Button onClick={() => toast('Settings saved.')}>Say something</Button>
        <Button onClick={() => toastError(new Error(`the disk is full: ${bidiText}`))}>Report a failure</Button>
        <Button onClick={() => toastUndo('Removed retry-backoff.', () => toast('It is back.'))}>Offer Undo</Button>
        <UndoMenu />
      </Sample>
      <Sample state="palette, keys, start">
        <Button keys="Ctrl+K" onClick={openPalette}>
          Palette
        </Button>
        <Button keys="?" onClick={showKeys}>
          Keyboard shortcuts
        </Button>
        <Button onClick={startAgent}>Start an agent</Button>
      </Sample>
      <Sample state="tooltips">
        <Button title="The browser’s own, for what is cut or drawn as an icon">Rest on this</Button>
      </Sample>
    </Group>
  )
}

function Opened({ name, onClose }: { name: DialogName; onClose: () => void }) {
  switch (name) {
    case 'form':
      return (
        <Dialog title="Rename retry-backoff" submit="Rename" onSubmit={onClose} onClose={onClose}>
          <TextField label="New name" defaultValue="retry-backoff" onText={nothing} />
        </Dialog>
      )
    case 'busy':
      return (
        <Dialog title="Rename retry-backoff" submit="Renaming" isBusy onClose={onClose}>
          <TextField label="New name" defaultValue="retry-backoff" error={`“${bidiText}” is taken.`} onText={nothing} />
        </Dialog>
      )
    case 'danger':
      return (
        <Dialog title="Remove retry-backoff" submit="Remove" isDanger onSubmit={onClose} onClose={onClose}>
          <p>Its folder goes to the trash. Recovery brings it back for 30 days.</p>
        </Dialog>
      )
    case 'long':
      return (
        <Dialog title={longText} onClose={onClose}>
          {Array.from({ length: 30 }, (_, at) => (
            <p key={at}>{longText}</p>
          ))}
        </Dialog>
      )
    default:
      return name satisfies never
  }
}
