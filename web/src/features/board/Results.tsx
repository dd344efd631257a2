import { titleOf, type Report, type Result } from '~/features/board/run-all'
import { visible, visibleName } from '~/lib/visible'
import { Dialog } from '~/ui/Dialog'
import { StatusGlyph } from '~/ui/Status'

/** Of each agent by its name; it outlives the selection, for what was archived is selected no longer. */
export function Results({ report, onClose }: { report: Report; onClose: () => void }) {
  return (
    <Dialog title={titleOf(report)} onClose={onClose}>
      <ResultList results={report.results} />
    </Dialog>
  )
}

export function ResultList({ results }: { results: readonly Result[] }) {
  return (
    <ul>
      {results.map(({ agent, fault, said }) => (
        <li key={agent.id} className="grid min-h-7 grid-cols-[28px_minmax(0,1fr)] items-center">
          <StatusGlyph look={fault === undefined ? 'finished' : 'error'} word={fault === undefined ? 'Done' : 'Failed'} />
          <span className="min-w-0">
            <span className="font-medium">{visibleName(agent.name)}</span>
            {said !== undefined && <span className="ml-2 text-sm text-fg2">{visible(said)}</span>}
            {fault !== undefined && <span className="block text-sm break-words text-fg1">{visible(fault)}</span>}
          </span>
        </li>
      ))}
    </ul>
  )
}
