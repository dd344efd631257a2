import type { LandingPlanRow, Radar } from '~/api/generated'
import { matrixOf, type MeetCell } from '~/features/landing/matrix'
import { plural } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { Section } from '~/ui/Section'

type MatrixProps = {
  rows: readonly LandingPlanRow[]
  radar: Radar
  chosen: MeetCell | undefined
  onChoose: (cell: MeetCell) => void
}

/** Which pairs conflict: numbers are places in the order, a filled cell is a pair without conflict, an empty one was not compared. */
export function Matrix({ rows, radar, chosen, onChoose }: MatrixProps) {
  const cells = matrixOf(rows, radar)
  const unknown = cells.flat().filter(({ isCompared }) => !isCompared).length
  return (
    <Section title="Conflicting pairs" more="from what the worktrees have now">
      <div className="overflow-x-auto">
        <table className="mt-2 mb-3 border-separate [border-spacing:2px] text-center text-sm text-fg2">
          <thead>
            <tr>
              <th scope="col">
                <span className="sr-only">Place</span>
              </th>
              {rows.slice(1).map(({ worktreeId, branch }, at) => (
                <th key={worktreeId} scope="col" title={visibleName(branch)} className="h-6 w-15 font-normal">
                  {at + 2}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {cells.slice(0, -1).map((row, at) => (
              <tr key={rows[at]?.worktreeId}>
                <th scope="row" title={visibleName(rows[at]?.branch ?? '')} className="h-11 w-7 font-normal">
                  {at + 1}
                </th>
                {at > 0 && (
                  <td colSpan={at}>
                    <span className="sr-only">compared above</span>
                  </td>
                )}
                {row.map((cell) => (
                  <td key={cell.other} className="p-0">
                    <Cell cell={cell} isChosen={cell.one === chosen?.one && cell.other === chosen.other} onChoose={() => onChoose(cell)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {unknown > 0 && <p className="text-sm text-fg2">{plural(unknown, 'pair')} not compared.</p>}
    </Section>
  )
}

function Cell({ cell: { pair, isCompared }, isChosen, onChoose }: { cell: MeetCell; isChosen: boolean; onChoose: () => void }) {
  const conflicts = pair !== undefined && !pair.isClean
  const look = conflicts ? 'bg-wait-tint font-medium text-wait border border-lane-wait' : isCompared ? 'bg-bg3' : 'border border-line2'
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={onChoose}
      className={`h-11 w-15 rounded-[3px] ${look} aria-pressed:outline-2 aria-pressed:outline-offset-1 aria-pressed:outline-accent`}
    >
      {conflicts ? plural(pair.conflictCount, 'file') : isCompared ? '0' : 'not compared'}
    </button>
  )
}

const mostPaths = 12

type PairProps = { cell: MeetCell; rows: readonly LandingPlanRow[]; radar: Radar }

/** One pair: in which files it conflicts, or why nobody knows. */
export function Pair({ cell, rows, radar }: PairProps) {
  const place = (id: string) => rows.findIndex(({ worktreeId }) => worktreeId === id) + 1
  const known = matrixOf(rows, radar)
    .flat()
    .find(({ one, other }) => one === cell.one && other === cell.other)
  if (!known) return null
  const conflicts = known.pair && !known.pair.isClean ? known.pair.conflicts : []
  const count = known.pair?.conflictCount ?? 0
  return (
    <Section title={`${place(cell.one)} and ${place(cell.other)}`}>
      {conflicts.length === 0 && <p className="text-sm text-fg1">{known.isCompared ? 'Merging one into the other gives no conflict.' : whyUnknown(known, radar)}</p>}
      <ul>
        {conflicts.slice(0, mostPaths).map((path) => (
          <li key={path} className="min-h-6 font-mono text-sm break-words">
            {visibleName(path)}
          </li>
        ))}
      </ul>
      {count > mostPaths && <p className="text-sm text-fg2">{plural(count - mostPaths, 'more file', 'more files')}</p>}
    </Section>
  )
}

function whyUnknown({ one, other }: MeetCell, { worktrees }: Radar): string {
  const unread = worktrees.find(({ worktreeId, note }) => (worktreeId === one || worktreeId === other) && note !== undefined)
  if (unread?.note !== undefined) return `Not compared: ${visibleName(unread.branch)} could not be read: ${visible(unread.note)}`
  return 'Not compared: too many pairs change the same places. Whether they conflict is known once others have landed.'
}
