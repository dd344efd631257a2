import { useEffect, useRef, useState } from 'react'
import type { AgentOverview } from '~/api/generated'
import { useDraft } from '~/api/ui-state'
import { ResultList } from '~/features/board/Results'
import { eachOf, running, type Report, type Result } from '~/features/board/run-all'
import { sendTo, type Unheard } from '~/features/board/send-to-all'
import { plural } from '~/lib/format'
import { useStore } from '~/lib/store'
import { Dialog } from '~/ui/Dialog'
import { TextArea } from '~/ui/Field'

type SendToAllProps = { agents: readonly AgentOverview[]; onReport: (report: Report) => void; onClose: () => void }

/** One prompt for several agents. The text is kept until all of them have it; those that failed can be tried again. */
export function SendToAll({ agents, onReport, onClose }: SendToAllProps) {
  const draft = useDraft('board/prompt')
  const [done, setDone] = useState<readonly Result[]>([])
  const [failed, setFailed] = useState<readonly Result[]>([])
  const run = useStore(running)
  const unheard = useRef<Unheard>(new Map())
  const isShown = useRef(false)
  useEffect(() => {
    isShown.current = true
    return () => {
      isShown.current = false
    }
  }, [])
  const had = new Set(done.map(({ agent }) => agent.id))
  const left = agents.filter(({ id }) => !had.has(id))

  async function send() {
    const content = draft.text.trim()
    const results = await eachOf('Sending to', left, (agent) => sendTo(agent, content, unheard.current))
    const faults = results.filter(({ fault }) => fault !== undefined)
    const all = [...done, ...results.filter(({ fault }) => fault === undefined)]
    setDone(all)
    setFailed(faults)
    if (faults.length === 0) draft.take(content)
    if (faults.length > 0 && isShown.current) return
    onReport({ title: 'Prompt', results: [...all, ...faults] })
    if (isShown.current) onClose()
  }
  return (
    <Dialog title={`Send to ${plural(left.length, 'agent')}`} submit={failed.length > 0 ? 'Try again' : 'Send'} isBusy={run !== undefined || draft.text.trim() === ''} onSubmit={() => void send()} onClose={onClose}>
      <TextArea label="Prompt" rows={5} value={draft.text} onText={draft.set} hint="An agent at work gets it when its turn ends; one that does not run is started." />
      {run && (
        <p role="status" className="text-sm text-fg1">
          {run.doing} {run.done} of {run.total}
        </p>
      )}
      {failed.length > 0 && <ResultList results={[...failed, ...done]} />}
    </Dialog>
  )
}
