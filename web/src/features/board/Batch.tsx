import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { AgentOverview } from '~/api/generated'
import { markAsks } from '~/api/marked-asks'
import { runAll, titleOf, type Report } from '~/features/board/run-all'
import { SendToAll } from '~/features/board/SendToAll'
import { plural } from '~/lib/format'
import { Button, linkLook } from '~/ui/Button'
import { toast, toastUndo } from '~/ui/toasts'

type BatchProps = {
  agents: readonly AgentOverview[]
  /** Their asks are answered beside it. */
  isInbox?: boolean
  onReport: (report: Report) => void
  onClear: () => void
}

async function restoreAll(agents: readonly AgentOverview[], onReport: (report: Report) => void) {
  const report = { title: 'Restored', results: await runAll('restore_agent', agents, ({ id }) => ({ agentId: id })) }
  if (report.results.some(({ fault }) => fault !== undefined)) onReport(report)
  else toast(titleOf(report))
}

/** What can be done to all that are selected. Each result is named singly, and what was archived can be taken back as one act. */
export function Batch({ agents, isInbox = false, onReport, onClear }: BatchProps) {
  const [isBusy, setBusy] = useState(false)
  const [isWriting, setWriting] = useState(false)
  const asks = agents.flatMap(({ askId }) => askId ?? [])
  const [oldest] = asks
  async function stop() {
    setBusy(true)
    const results = await runAll('stop_agent', agents, ({ id }) => ({ agentId: id })).finally(() => setBusy(false))
    onReport({ title: 'Stopped', results })
  }
  async function archive() {
    setBusy(true)
    const results = await runAll('delete_agent', agents, ({ id }) => ({ agentId: id })).finally(() => setBusy(false))
    const archived = results.flatMap(({ agent, fault }) => (fault === undefined ? [agent] : []))
    if (archived.length > 0) toastUndo(`Archived ${plural(archived.length, 'agent')}`, () => void restoreAll(archived, onReport))
    if (archived.length < results.length) onReport({ title: 'Archived', results })
  }
  return (
    <div role="toolbar" aria-label="Selected agents" className="flex min-h-11 shrink-0 flex-wrap items-center gap-2 border-t border-line bg-bg1 px-6 max-sm:px-4">
      <span aria-live="polite" className="font-medium">
        {plural(agents.length, 'agent')} selected
      </span>
      <Button isSmall disabled={isBusy} onClick={() => setWriting(true)}>
        Send a prompt…
      </Button>
      {oldest !== undefined && !isInbox && (
        <Link to="/inbox" search={{ ask: oldest }} onClick={() => markAsks(asks)} className={linkLook('plain', true)}>
          Answer {plural(asks.length, 'ask')}…
        </Link>
      )}
      <Button isSmall disabled={isBusy} onClick={() => void stop()}>
        Stop
      </Button>
      <Button isSmall disabled={isBusy} onClick={() => void archive()}>
        Archive
      </Button>
      <Button isSmall look="quiet" keys="Escape" onClick={onClear}>
        Clear
      </Button>
      {isWriting && <SendToAll agents={agents} onReport={onReport} onClose={() => setWriting(false)} />}
    </div>
  )
}
