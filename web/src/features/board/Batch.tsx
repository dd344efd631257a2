import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '~/api/client'
import type { AgentOverview } from '~/api/generated'
import { markAsks } from '~/api/marked-asks'
import { CallError, type Input, type OpName } from '~/api/wire'
import { plural, sentence } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { Button, linkLook } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { TextArea } from '~/ui/Field'
import { StatusGlyph } from '~/ui/Status'

type Result = { name: string; fault: string | undefined }
export type Report = { title: string; results: readonly Result[] }

/** The same act on each, one after the other; what each of them answered is kept. */
async function runAll<K extends OpName>(op: K, agents: readonly AgentOverview[], inputOf: (agent: AgentOverview) => Input<K>): Promise<Result[]> {
  const results: Result[] = []
  for (const agent of agents) {
    try {
      await call(op, inputOf(agent), crypto.randomUUID())
      results.push({ name: agent.name, fault: undefined })
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      results.push({ name: agent.name, fault: sentence(error.message) })
    }
  }
  return results
}

type BatchProps = { agents: readonly AgentOverview[]; onReport: (report: Report) => void; onClear: () => void }

/** What can be done to all that are selected. Each result is named singly. */
export function Batch({ agents, onReport, onClear }: BatchProps) {
  const [isBusy, setBusy] = useState(false)
  const [isWriting, setWriting] = useState(false)
  const asks = agents.flatMap(({ askId }) => askId ?? [])
  const [oldest] = asks
  async function act<K extends OpName>(title: string, op: K, inputOf: (agent: AgentOverview) => Input<K>) {
    setBusy(true)
    const results = await runAll(op, agents, inputOf).finally(() => setBusy(false))
    onReport({ title, results })
  }
  return (
    <div role="toolbar" aria-label="Selected agents" className="flex min-h-11 shrink-0 flex-wrap items-center gap-2 border-t border-line bg-bg1 px-6 max-sm:px-4">
      <span aria-live="polite" className="font-medium">
        {plural(agents.length, 'agent')} selected
      </span>
      <Button isSmall disabled={isBusy} onClick={() => setWriting(true)}>
        Send a prompt…
      </Button>
      {oldest !== undefined && (
        <Link to="/inbox" search={{ ask: oldest }} onClick={() => markAsks(asks)} className={linkLook('plain', true)}>
          Answer {plural(asks.length, 'ask')}…
        </Link>
      )}
      <Button isSmall disabled={isBusy} onClick={() => void act('Stopped', 'stop_agent', ({ id }) => ({ agentId: id }))}>
        Stop
      </Button>
      <Button isSmall disabled={isBusy} onClick={() => void act('Archived', 'delete_agent', ({ id }) => ({ agentId: id }))}>
        Archive
      </Button>
      <Button isSmall look="quiet" keys="Escape" onClick={onClear}>
        Clear
      </Button>
      {isWriting && (
        <SendToAll
          count={agents.length}
          onClose={() => setWriting(false)}
          onSend={(content) => {
            setWriting(false)
            void act('Sent', 'send_message_to_agent', ({ id }) => ({ agentId: id, content }))
          }}
        />
      )}
    </div>
  )
}

function SendToAll({ count, onSend, onClose }: { count: number; onSend: (text: string) => void; onClose: () => void }) {
  const [text, setText] = useState('')
  return (
    <Dialog title={`Send to ${plural(count, 'agent')}`} submit="Send" isBusy={text.trim() === ''} onSubmit={() => onSend(text)} onClose={onClose}>
      <TextArea label="Prompt" rows={5} value={text} onText={setText} hint="An agent at work gets it when its turn ends." />
    </Dialog>
  )
}

/** Of each agent by its name; it outlives the selection, for what was archived is selected no longer. */
export function Results({ report, onClose }: { report: Report; onClose: () => void }) {
  const failed = report.results.filter(({ fault }) => fault !== undefined).length
  return (
    <Dialog title={failed === 0 ? `${report.title}: all ${report.results.length}` : `${report.title}: ${failed} of ${report.results.length} failed`} onClose={onClose}>
      <ul>
        {report.results.map(({ name, fault }, at) => (
          <li key={at} className="grid min-h-7 grid-cols-[28px_minmax(0,1fr)] items-center">
            <StatusGlyph look={fault === undefined ? 'finished' : 'error'} word={fault === undefined ? 'Done' : 'Failed'} />
            <span className="min-w-0">
              <span className="font-medium">{visibleName(name)}</span>
              {fault !== undefined && <span className="block text-sm break-words text-fg1">{visible(fault)}</span>}
            </span>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
