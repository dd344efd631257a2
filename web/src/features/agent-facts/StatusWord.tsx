import { useQuery } from '@tanstack/react-query'
import type { Agent } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import { StatusLine } from '~/ui/Status'
import { StatusPart } from '~/ui/StatusPart'

/** An agent's status in words; it opens what the status is based on. Only the overview knows since when its program is silent. */
export function StatusWord({ agent }: { agent: Agent }) {
  const { data: silentSince } = useQuery({ ...overviewQuery(), select: ({ body }) => body.agents.find(({ id }) => id === agent.id)?.silentSince })
  return (
    <StatusPart agent={agent} look="head">
      <StatusLine agent={{ ...agent, silentSince }} />
    </StatusPart>
  )
}
