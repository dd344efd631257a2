import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { AgentOverview } from '~/api/generated'
import { markAsks } from '~/api/marked-asks'
import { cancelRunning, runAll, running, titleOf, type Report, type Running } from '~/features/board/run-all'
import { SendToAll } from '~/features/board/SendToAll'
import { useTimedText } from '~/lib/clock'
import { formatAge, plural } from '~/lib/format'
import { useStore } from '~/lib/store'
import { Button, linkLook } from '~/ui/Button'
import { toast, toastUndo } from '~/ui/toasts'

type BatchProps = {
  agents: readonly AgentOverview[]
  /** Their asks are answered beside it. */
  isInbox?: boolean
  onReport: (report: Report) => void
  onClear: () => void
}

/** Those that are refused can be tried again. */
function restoreAll(archived: readonly AgentOverview[], onReport: (report: Report) => void) {
  let left = archived
  return async () => {
    if (running.get()) {
      toast('Wait until the agents that were selected last are done')
      return false
    }
    const report = { title: 'Restored', results: await runAll('Restoring', 'restore_agent', left, ({ id }) => ({ agentId: id })) }
    left = report.results.flatMap(({ agent, fault }) => (fault === undefined ? [] : [agent]))
    if (left.length > 0) onReport(report)
    else toast(titleOf(report))
    return left.length === 0
  }
}

/** What can be done to all that are selected. Each result is named singly, and what was archived can be taken back as one act. */
export function Batch({ agents, isInbox = false, onReport, onClear }: BatchProps) {
  const run = useStore(running)
  const [isWriting, setWriting] = useState(false)
  const asks = agents.flatMap(({ askId }) => askId ?? [])
  const [oldest] = asks
  const isBusy = run !== undefined
  if (agents.length === 0 && !run) return null
  async function stop() {
    onReport({ title: 'Stopped', results: await runAll('Stopping', 'stop_agent', agents, ({ id }) => ({ agentId: id })) })
  }
  async function archive() {
    const results = await runAll('Archiving', 'delete_agent', agents, ({ id }) => ({ agentId: id }))
    const archived = results.flatMap(({ agent, fault }) => (fault === undefined ? [agent] : []))
    if (archived.length > 0) toastUndo(`Archived ${plural(archived.length, 'agent')}`, restoreAll(archived, onReport))
    if (archived.length < results.length) onReport({ title: 'Archived', results })
  }
  return (
    <div role="toolbar" aria-label="Selected agents" data-foot="" className="flex min-h-11 shrink-0 flex-wrap items-center gap-2 border-t border-line bg-bg1 px-6 max-sm:px-4">
      {run && <Progress run={run} />}
      {agents.length > 0 && (
        <span aria-live="polite" className="font-medium">
          {plural(agents.length, 'agent')} selected
        </span>
      )}
      {agents.length > 0 && (
        <>
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
        </>
      )}
      {isWriting && <SendToAll agents={agents} onReport={onReport} onClose={() => setWriting(false)} />}
    </div>
  )
}

/** It goes on while nothing is selected, and on another page. */
function Progress({ run: { doing, done, total, since, isCancelled } }: { run: Running }) {
  const age = useTimedText((now) => formatAge(Math.max(0, now - since)))
  return (
    <span className="flex items-center gap-2">
      <span role="status">
        {doing} {done} of {total}
      </span>
      <span className="text-sm text-fg2">{age}</span>
      <Button isSmall look="quiet" disabled={isCancelled} onClick={cancelRunning}>
        Cancel
      </Button>
    </span>
  )
}
