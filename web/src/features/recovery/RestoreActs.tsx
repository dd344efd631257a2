import type { ReactNode } from 'react'
import { plural } from '~/lib/format'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { Check } from '~/ui/Field'

type UnsavedErrorProps = { title: string; error: Error | null; isUnsavedToo: boolean; onUnsavedToo: (isOn: boolean) => void }

/** Why an act was refused, and the way on without saving everything first. */
export function UnsavedError({ title, error, isUnsavedToo, onUnsavedToo }: UnsavedErrorProps) {
  if (!error) return null
  return (
    <>
      <ErrorNote title={title} error={error} />
      <Check label="Go on although some files cannot be salvaged first" isChecked={isUnsavedToo} onChecked={onUnsavedToo} />
    </>
  )
}

type RestoreActsProps = {
  isPending: boolean
  isOff: boolean
  /** Of files that would change; undefined: not known yet. */
  count: number | undefined
  isWhole: boolean
  onRestore: () => void
  onCompare: () => void
  children?: ReactNode
}

/** Restore and Compare, and what else can be done with it. */
export function RestoreActs({ isPending, isOff, count, isWhole, onRestore, onCompare, children }: RestoreActsProps) {
  return (
    <div className="my-3 flex flex-wrap gap-2">
      <Button look="solid" keys="R" isOff={isOff} onClick={onRestore}>
        {isPending ? 'Restoring' : count === undefined || count === 0 ? 'Restore' : `Restore ${plural(count, 'file')}`}
      </Button>
      <Button keys="C" aria-pressed={isWhole} isOff={(count ?? 0) === 0} onClick={onCompare}>
        Compare
      </Button>
      {children}
    </div>
  )
}

type KeptActsProps = { isPending: boolean; isOff: boolean; onRestore: () => void; onDelete: () => void }

/** Of what was put aside whole: it comes back, or goes for good. */
export function KeptActs({ isPending, isOff, onRestore, onDelete }: KeptActsProps) {
  return (
    <div className="my-3 flex flex-wrap gap-2">
      <Button look="solid" keys="R" isOff={isOff} onClick={onRestore}>
        {isPending ? 'Restoring' : 'Restore'}
      </Button>
      <Button look="danger" onClick={onDelete}>
        Delete for good
      </Button>
    </div>
  )
}
