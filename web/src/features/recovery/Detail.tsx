import { AgentDetail, LockDetail } from '~/features/recovery/OtherDetail'
import { CheckpointDetail } from '~/features/recovery/CheckpointDetail'
import type { AnyRow, Names } from '~/features/recovery/rows'
import { SalvageDetail } from '~/features/recovery/SalvageDetail'
import { TrashDetail } from '~/features/recovery/TrashDetail'

type DetailProps = { row: AnyRow; names: Names; onDone: () => void }

/** What the chosen row holds, and what restoring it would replace. */
export function Detail({ row, names, onDone }: DetailProps) {
  switch (row.kind) {
    case 'salvages':
      return <SalvageDetail row={row} names={names} onDone={onDone} />
    case 'trash':
      return <TrashDetail row={row} onDone={onDone} />
    case 'checkpoints':
      return <CheckpointDetail row={row} names={names} onDone={onDone} />
    case 'agents':
      return <AgentDetail row={row} names={names} onDone={onDone} />
    case 'locks':
      return <LockDetail row={row} onDone={onDone} />
    default:
      return row satisfies never
  }
}
