import { useQuery } from '@tanstack/react-query'
import { overviewQuery } from '~/api/overview'

type Place = { subjectId: string; worktreeId?: string | undefined; workspaceId?: string | undefined }

/** Who asks and where: from the overview that the frame holds anyway. */
export function usePlace({ subjectId, worktreeId, workspaceId }: Place) {
  const { data } = useQuery(overviewQuery())
  const agent = data?.agents.find(({ id }) => id === subjectId)
  const worktree = data?.worktrees.find(({ id }) => id === worktreeId)
  const workspace = data?.workspaces.find((row) => row.workspaceId === workspaceId)
  return { agent, worktree, workspace, isKnown: data !== undefined }
}
