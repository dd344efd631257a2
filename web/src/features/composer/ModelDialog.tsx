import { useState } from 'react'
import { Dialog } from '~/ui/Dialog'
import { TextField } from '~/ui/Field'

/** A model that is not in the list, by its name. */
export function ModelDialog({ current, onClose, onChoose }: { current: string | undefined; onClose: () => void; onChoose: (model: string) => void }) {
  const [name, setName] = useState(current ?? '')
  function submit() {
    if (name.trim() === '') return
    onChoose(name.trim())
    onClose()
  }
  return (
    <Dialog title="Another model" submit="Use it" onSubmit={submit} onClose={onClose}>
      <TextField label="Name of the model" hint="As its CLI names it" value={name} onText={setName} isMono maxLength={256} />
    </Dialog>
  )
}
