import type { Agent } from '~/api/generated'
import type { MomentState } from '~/app/pages/agent/use-moment'
import { PastBar } from '~/features/moment/PastBar'
import { Scrubber } from '~/features/moment/Scrubber'
import { useTranscript } from '~/features/transcript/use-transcript'

/** The time line with the calls of the transcript. Apart from the page, because it is drawn as often as the transcript is. */
export function AgentScrubber({ agent, past }: { agent: Agent; past: MomentState }) {
  const { items } = useTranscript(agent.id)
  const tools = items.flatMap((item) => (item.kind === 'tool' ? [{ at: Date.parse(item.at), isFailed: item.state === 'failed' }] : []))
  return <Scrubber {...past} tools={tools} />
}

/** In one file with the time line: it is here before a moment can be chosen. */
export function AgentPast({ past, moment }: { past: MomentState; moment: number }) {
  return <PastBar {...past} moment={moment} onNow={() => past.onMoment(undefined)} />
}
