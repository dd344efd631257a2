import { useDeferredValue, useMemo } from 'react'
import { diffLines } from '~/lib/line-diff'
import { visible } from '~/lib/visible'
import { Button } from '~/ui/Button'
import type { EditedFile } from '~/features/files/use-edited'

const looks = { context: 'text-fg2', add: 'bg-add', delete: 'bg-del' } as const
const signs = { context: '', add: '+', delete: '−' } as const
const names = { context: '', add: 'Yours: ', delete: 'On disk: ' } as const

/** Of two long texts only the beginning of what differs is drawn. */
const mostRows = 400
const around = 3

type Row = { key: number; kind: 'context' | 'add' | 'delete'; text: string }

/** What differs, with a few lines around it. */
function rowsBetween(disk: string, mine: string): Row[] {
  const all = diffLines(disk, mine).map((row, key) => ({ key, ...row }))
  const changed = all.filter(({ kind }) => kind !== 'context').map(({ key }) => key)
  const near = new Set(changed.flatMap((key) => Array.from({ length: 2 * around + 1 }, (_, n) => key - around + n)))
  return all.filter(({ key }) => near.has(key)).slice(0, mostRows)
}

type ConflictProps = { disk: string; edited: EditedFile; onChosen: () => void }

/** Below the editor, which stays as it is: the file and what was typed, one against the other; nothing is chosen for the person. */
export function Conflict({ disk, edited, onChosen }: ConflictProps) {
  const text = useDeferredValue(edited.text)
  const rows = useMemo(() => rowsBetween(disk, text), [disk, text])
  function choose(how: () => void) {
    how()
    onChosen()
  }
  return (
    <section aria-label="Two versions" className="flex max-h-1/2 min-h-0 shrink-0 flex-col border-t border-line">
      <div className="border-b border-line border-l-2 border-l-g-wait bg-bg2 px-3 py-2" data-raised="">
        <p role="status" className="font-medium">
          The file was changed while you edited it
        </p>
        <p className="text-sm text-fg1">Removed lines are on disk now, added ones are yours. “Write mine” sets what is on disk aside first.</p>
        <div className="mt-2 flex flex-wrap gap-1">
          <Button isSmall isOff={edited.isSaving} onClick={() => choose(edited.keepMine)}>
            Write mine
          </Button>
          <Button isSmall onClick={() => choose(edited.takeTheirs)}>
            Take what is on disk
          </Button>
          <Button isSmall look="quiet" onClick={() => choose(edited.goOn)}>
            Keep editing mine
          </Button>
        </div>
      </div>
      <div tabIndex={0} role="region" aria-label="What differs" className="min-h-0 flex-1 overflow-auto font-mono text-sm leading-5 -outline-offset-2">
        {rows.map(({ key, kind, text: line }) => (
          <div key={key} className={`flex min-h-5 min-w-max whitespace-pre ${looks[kind]}`}>
            <span className="w-7 shrink-0 text-center select-none">
              <span className="sr-only">{names[kind]}</span>
              <span aria-hidden="true">{signs[kind]}</span>
            </span>
            <span className="pr-3">{visible(line)}</span>
          </div>
        ))}
      </div>
    </section>
  )
}
