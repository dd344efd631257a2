import type { ReactNode } from 'react'
import { Dialog } from '~/ui/Dialog'
import { ErrorNote } from '~/ui/ErrorNote'

type SaveDialogProps = {
  /** The name of what is edited; undefined: something is added. */
  edited: string | undefined
  /** "a script": what is added. */
  noun: string
  failed: string
  act: { isPending: boolean; error: Error | null }
  isReady: boolean
  onSubmit: () => void
  onClose: () => void
  children: ReactNode
}

/** The form of something that a workspace has several of. */
export function SaveDialog({ edited, noun, failed, act, isReady, onSubmit, onClose, children }: SaveDialogProps) {
  const isNew = edited === undefined
  return (
    <Dialog
      title={isNew ? `Add ${noun}` : `Edit ${edited}`}
      submit={act.isPending ? 'Saving' : isNew ? 'Add' : 'Save'}
      isBusy={act.isPending || !isReady}
      onSubmit={onSubmit}
      onClose={onClose}
    >
      {children}
      {act.error && <ErrorNote title={failed} error={act.error} />}
    </Dialog>
  )
}
