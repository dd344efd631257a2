import { IconButton } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'

type SavedDialogProps = { texts: readonly string[]; nameOf: (text: string) => string; onTexts: (texts: readonly string[]) => void; onClose: () => void }

/** The prompts that are saved, to be removed. */
export function SavedDialog({ texts, nameOf, onTexts, onClose }: SavedDialogProps) {
  return (
    <Dialog title="Saved prompts" onClose={onClose}>
      <ul className="flex flex-col">
        {texts.map((one) => (
          <li key={one} className="flex min-h-8 items-center gap-2">
            <span className="min-w-0 flex-1 truncate">{nameOf(one)}</span>
            <IconButton icon="close" isSmall label={`Remove ${nameOf(one)}`} onClick={() => onTexts(texts.filter((other) => other !== one))} />
          </li>
        ))}
      </ul>
      {texts.length === 0 && <p className="text-fg2">None is left.</p>}
    </Dialog>
  )
}
