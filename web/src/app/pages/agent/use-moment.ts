import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { Agent } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import { turnsQuery } from '~/api/turns'
import { useAct } from '~/api/use-act'
import type { AgentPlace } from '~/app/pages/agent/use-place'
import { checkpointAt } from '~/features/moment/axis'
import { agentCheckpointsQuery } from '~/features/moment/queries'
import { useTurnsOf } from '~/features/transcript/use-transcript'

/** A time of the address, if it is one. */
function timeOf(at: string | undefined): number | undefined {
  const time = Date.parse(at ?? '')
  return Number.isNaN(time) ? undefined : time
}

/** The moment that the page shows, and what is known about it. */
export function useMoment(agent: Agent, place: AgentPlace) {
  const navigate = useNavigate()
  const { id: agentId, workspaceId, worktreeId } = agent
  const turns = useQuery(turnsQuery(agentId)).data?.turns ?? []
  const checkpoints = useQuery(agentCheckpointsQuery(workspaceId, worktreeId, agentId)).data?.checkpoints ?? []
  const row = useQuery(overviewQuery()).data?.agents.find(({ id }) => id === agentId)
  const fork = useAct('fork_agent', ({ id }) => void navigate({ to: '/w/$workspaceId/a/$agentId', params: { workspaceId, agentId: id } }), 'toasted')
  const moment = timeOf(place.search.at)
  const checkpoint = moment === undefined ? undefined : checkpointAt(checkpoints, moment)
  const taken = checkpoints.filter(({ state }) => state === 'taken').toSorted((a, b) => a.at.localeCompare(b.at))
  useTurnsOf(agentId, taken.at(-1)?.id)
  return {
    moment,
    turns,
    checkpoints,
    checkpoint,
    waitsFrom: row?.askAt === undefined ? undefined : Date.parse(row.askAt),
    place: checkpoint ? taken.indexOf(checkpoint) + 1 : 0,
    count: taken.length,
    /** What the diff of that moment compares: HEAD with the files of its checkpoint. */
    against: checkpoint && `head..${checkpoint.id}`,
    onMoment: (at: number | undefined) => place.setMoment(at === undefined ? undefined : new Date(at).toISOString()),
    onRestore: () => checkpoint && void navigate({ to: '/recovery', search: { kind: 'checkpoints', at: checkpoint.id, w: workspaceId, wt: worktreeId } }),
    onFork: () => checkpoint && fork.mutate({ agentId, checkpointId: checkpoint.id }),
  }
}

export type MomentState = ReturnType<typeof useMoment>
