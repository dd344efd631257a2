import { useState } from 'react'
import type { AgentEvidence } from '~/api/generated'
import { asTree, type Row } from '~/features/agent-facts/tree'
import { processState } from '~/features/agent-facts/words'
import { formatBytes, formatDuration, plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'

const shownMost = 12

/** What the agent's program has started, each process below its parent. */
export function Processes({ evidence: { processes, processCount, isCut } }: { evidence: AgentEvidence }) {
  const [isAll, setAll] = useState(false)
  if (processCount === 0) return <p className="text-sm text-fg2">No process of it is running.</p>
  const rows = asTree(processes)
  const shown = isAll ? rows : rows.slice(0, shownMost)
  return (
    <div className="min-w-0">
      <p className="flex items-baseline gap-2 text-sm">
        <span className="font-medium">{plural(processCount, 'process', 'processes')}</span>
        {isCut && <span className="text-fg2">the first {processes.length} are shown</span>}
      </p>
      <ul aria-label="Processes" className="mt-1 max-h-64 overflow-y-auto">
        {shown.map((row) => (
          <ProcessRow key={row.process.pid} row={row} />
        ))}
      </ul>
      {rows.length > shown.length && (
        <Button isSmall look="quiet" onClick={() => setAll(true)}>
          {rows.length - shown.length} more
        </Button>
      )}
    </div>
  )
}

function ProcessRow({ row: { process, depth } }: { row: Row }) {
  const { pid, program, command, state, rssBytes, cpuMs, isHold } = process
  const note = isHold ? 'hold' : processState(state)
  return (
    <li className="flex min-h-6 items-baseline gap-2 text-sm" style={{ paddingLeft: 12 * depth }}>
      <span className="min-w-0 flex-1 truncate font-mono text-fg1" title={visibleName(command ?? program)}>
        {visibleName(command ?? program)}
      </span>
      {note && <span className="shrink-0 text-fg2">{note}</span>}
      <span className="w-14 shrink-0 text-right text-fg2">{formatBytes(rssBytes)}</span>
      <span className="w-14 shrink-0 text-right text-fg2 max-sm:hidden" title="Processor time">
        {formatDuration(cpuMs)}
      </span>
      <span className="w-14 shrink-0 text-right font-mono text-fg2 max-sm:hidden">{pid}</span>
    </li>
  )
}
