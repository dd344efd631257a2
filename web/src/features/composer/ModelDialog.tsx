import { useFormTexts } from '~/api/ui-state'
import { Dialog } from '~/ui/Dialog'
import { TextField } from '~/ui/Field'

/** A model that is not in the list, by its name. */
export function ModelDialog({ agentId, current, onClose, onChoose }: { agentId: string; current: string | undefined; onClose: () => void; onChoose: (model: string) => void }) {
  const { texts: { name }, set, drop } = useFormTexts(`model/${agentId}`, { name: current ?? '' })
  function leave() {
    drop()
    onClose()
  }
  function submit() {
    if (name.trim() === '') return
    onChoose(name.trim())
    leave()
  }
  return (
    <Dialog title="Another model" submit="Use it" onSubmit={submit} onClose={leave}>
      <TextField label="Name of the model" hint="As its CLI names it" value={name} onText={(text) => set({ name: text })} isMono maxLength={256} />
    </Dialog>
  )
}
