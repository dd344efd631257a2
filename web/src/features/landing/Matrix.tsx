import type { LandingPlanRow, Radar } from '~/api/generated'
import { matrixOf, type MeetCell } from '~/features/landing/matrix'
import { plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Section } from '~/ui/Section'

type MatrixProps = {
  rows: readonly LandingPlanRow[]
  radar: Radar
  chosen: MeetCell | undefined
  onChoose: (cell: MeetCell) => void
}

/** Which pairs meet: numbers are places in the order, a filled cell is a pair without conflict. */
export function Matrix({ rows, radar, chosen, onChoose }: MatrixProps) {
  const cells = matrixOf(rows, radar)
  return (
    <Section title="Which meet" more="from what the worktrees have now">
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
      {radar.leftOut > 0 && <p className="text-sm text-fg2">{plural(radar.leftOut, 'pair')} not compared.</p>}
    </Section>
  )
}

function Cell({ cell, isChosen, onChoose }: { cell: MeetCell; isChosen: boolean; onChoose: () => void }) {
  const { pair } = cell
  const meets = pair !== undefined && !pair.isClean
  const look = meets ? 'bg-wait-tint font-medium text-wait border border-lane-wait' : 'bg-bg3'
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={onChoose}
      className={`h-11 w-15 rounded-[3px] ${look} aria-pressed:outline-2 aria-pressed:outline-offset-1 aria-pressed:outline-accent`}
    >
      {meets ? plural(pair.conflictCount, 'file') : '0'}
    </button>
  )
}
