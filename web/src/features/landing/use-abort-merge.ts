import { useQueryClient } from '@tanstack/react-query'
import { useAct } from '~/api/use-act'
import { landQueueQuery, planQuery, radarQuery } from '~/features/landing/queries'
import { toast } from '~/ui/toasts'

/** What stood in its way is read again at once: the watcher may have nothing to report, or report it before all of it is true. */
export function useAbortMerge() {
  const client = useQueryClient()
  return useAct(
    'abort_merge',
    (_, { workspaceId }) => {
      toast('The merge was aborted; the worktree is as it was')
      for (const { queryKey } of [planQuery(workspaceId), radarQuery(workspaceId), landQueueQuery(workspaceId)]) void client.invalidateQueries({ queryKey })
    },
    'toasted',
  )
}
