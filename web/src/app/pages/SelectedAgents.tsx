import { useState } from 'react'
import type { AgentActsProps } from '~/features/ask/OpenTab'
import { Batch } from '~/features/board/Batch'
import { Results } from '~/features/board/Results'
import { useReported, type Report } from '~/features/board/run-all'

/** What is done to the agents that are selected in the inbox. Its results outlive the selection: who needs nobody any more is selected no longer. */
export function SelectedAgents({ agents, onClear }: AgentActsProps) {
  const [report, setReport] = useState<Report>()
  const onReport = useReported(setReport)
  return (
    <>
      <Batch agents={agents} isInbox onReport={onReport} onClear={onClear} />
      {report && <Results report={report} onClose={() => setReport(undefined)} />}
    </>
  )
}
