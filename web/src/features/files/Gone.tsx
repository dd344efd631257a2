import type { EditedFile } from '~/features/files/use-edited'
import { Button } from '~/ui/Button'

type GoneProps = { edited: EditedFile; isWhole: boolean; onChosen: () => void; onClose: () => void }

/** Below the editor, which stays as it is: the file was deleted while it was open. */
export function Gone({ edited, isWhole, onChosen, onClose }: GoneProps) {
  return (
    <section aria-label="Deleted file" data-raised="" className="shrink-0 border-t border-line border-l-2 border-l-g-wait bg-bg2 px-3 py-2">
      <p role="status" className="font-medium">
        This file was deleted
      </p>
      <p className="text-sm text-fg1">{edited.isChanged ? 'Your text is not on disk.' : 'What is shown was read before that.'}</p>
      <div className="mt-2 flex flex-wrap gap-1">
        {isWhole && (
          <Button
            isSmall
            isOff={edited.isSaving}
            onClick={() => {
              edited.writeAgain()
              onChosen()
            }}
          >
            Write it again
          </Button>
        )}
        {edited.isChanged ? (
          <Button isSmall onClick={edited.dropMine}>
            Drop my text
          </Button>
        ) : (
          <Button isSmall onClick={onClose}>
            Close
          </Button>
        )}
      </div>
    </section>
  )
}
