import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { Agent, Turn } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import { olderTurnsQuery, turnsQuery } from '~/api/turns'
import { useAct } from '~/api/use-act'
import type { AgentPlace } from '~/app/pages/agent/use-place'
import { checkpointAt } from '~/features/moment/checkpoint-at'
import { agentCheckpointsQuery, olderCheckpointsQuery } from '~/features/moment/queries'
import { usePastMeta, useTurnsOf } from '~/features/transcript/use-transcript'

/** A time of the address, if it is one. */
function timeOf(at: string | undefined): number | undefined {
  const time = Date.parse(at ?? '')
  return Number.isNaN(time) ? undefined : time
}

/** What git compares with before there is a commit. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

/** The newest turns, and those before them once somebody has come to the first of these. */
function useTurns(agentId: string, moment: number | undefined): readonly Turn[] {
  const page = useQuery(turnsQuery(agentId)).data
  const newest = page?.turns ?? []
  const [first, second] = newest
  const isWanted = page?.hasMore === true && moment !== undefined && moment < Date.parse(second?.at ?? '')
  const { data } = useQuery({ ...olderTurnsQuery(agentId, first?.at ?? ''), enabled: isWanted })
  return [...(data?.turns ?? []), ...newest]
}

/** What an agent had cost at a moment: all but what came later. Undefined where the turns that came later are not all known. */
function costAt(total: number | undefined, moment: number, turns: readonly Turn[], running: number): number | undefined {
  if (total === undefined || (turns[0] !== undefined && turns[0].index > 0 && moment < Date.parse(turns[0].at))) return undefined
  const later = turns.filter(({ endedAt }) => endedAt === undefined || Date.parse(endedAt) > moment)
  return later.reduce((sum, { costMicros = 0 }) => sum - costMicros, total) + running
}

/** The newest checkpoints, and all before them once the moment is older than these. */
function useCheckpoints(ids: { workspaceId: string; worktreeId: string; agentId: string }, moment: number | undefined) {
  const { data, isPending } = useQuery(agentCheckpointsQuery(ids.workspaceId, ids.worktreeId, ids.agentId))
  const newest = data?.checkpoints ?? []
  const isOlder = moment !== undefined && data?.nextCursor !== undefined && checkpointAt(newest, moment) === undefined
  const older = useQuery({ ...olderCheckpointsQuery(ids, data?.nextCursor), enabled: isOlder })
  return {
    checkpoints: [...newest, ...(older.data?.checkpoints ?? [])],
    isLooking: isPending || older.isLoading,
    isCut: older.isError || older.data?.isCut === true,
  }
}

/** The moment that the page shows, and what is known about it. */
export function useMoment(agent: Agent, place: AgentPlace) {
  const navigate = useNavigate()
  const { id: agentId, workspaceId, worktreeId } = agent
  const moment = timeOf(place.search.at)
  const turns = useTurns(agentId, moment)
  const { checkpoints, isLooking, isCut } = useCheckpoints({ workspaceId, worktreeId, agentId }, moment)
  const row = useQuery(overviewQuery()).data?.agents.find(({ id }) => id === agentId)
  const fork = useAct('fork_agent', ({ id }) => void navigate({ to: '/w/$workspaceId/a/$agentId', params: { workspaceId, agentId: id } }), 'toasted')
  const checkpoint = moment === undefined ? undefined : checkpointAt(checkpoints, moment)
  const taken = checkpoints.filter(({ state }) => state === 'taken').toSorted((a, b) => a.at.localeCompare(b.at))
  const { data: meta, error, refetch } = usePastMeta(agentId, moment)
  useTurnsOf(agentId, taken.at(-1)?.id)
  return {
    moment,
    turns,
    checkpoints,
    checkpoint,
    /** Plan, context and cost at that moment, once they are read. */
    facts: moment === undefined || !meta ? undefined : { ...meta, costMicros: costAt(row?.costMicros, moment, turns, meta.usage?.costMicros ?? 0) },
    factsError: error,
    onFactsAgain: () => void refetch(),
    waitsFrom: row?.askAt === undefined ? undefined : Date.parse(row.askAt),
    place: checkpoint ? taken.indexOf(checkpoint) + 1 : 0,
    count: taken.length,
    /** Why there is none for that moment. */
    noCheckpoint: isLooking ? 'Looking for the checkpoint of that time.' : isCut ? 'Checkpoints that old are not listed here.' : 'No checkpoint is that old.',
    /** What the diff of that moment compares: what HEAD was then with the files of its checkpoint. */
    against: checkpoint && `${checkpoint.head ?? emptyTree}..${checkpoint.id}`,
    onMoment: (at: number | undefined) => place.setMoment(at === undefined ? undefined : new Date(at).toISOString()),
    onRestore: () => checkpoint && void navigate({ to: '/recovery', search: { kind: 'checkpoints', at: checkpoint.id, w: workspaceId, wt: worktreeId } }),
    onFork: () => checkpoint && fork.mutate({ agentId, checkpointId: checkpoint.id }),
  }
}

export type MomentState = ReturnType<typeof useMoment>
