import { useState } from 'react'
import { useAct } from '~/api/use-act'
import { useNow } from '~/lib/clock'
import { visibleName } from '~/lib/visible'
import { toast } from '~/ui/toasts'

type Ids = { workspaceId: string; worktreeId: string }

function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** Fetch, pull and push: each may take minutes, says for how long it runs, and can be cancelled. */
export function useRemote(ids: Ids) {
  const [since, setSince] = useState(0)
  const now = useNow()
  const fetch = useAct('fetch_remote', ({ behind }) => toast(behind > 0 ? `Fetched: ${behind} behind` : 'Fetched: nothing new'), 'toasted')
  const pull = useAct('pull_branch', (state) => toast(state.conflictCount > 0 ? `Pulled, with ${state.conflictCount} in conflict` : 'Pulled'), 'toasted')
  const push = useAct('push_branch', ({ remote, branch }) => toast(`Pushed to ${visibleName(`${remote}/${branch}`)}`), 'toasted')
  const cancel = useAct('cancel_change', undefined, 'toasted')
  const word = fetch.isPending ? 'Fetching' : pull.isPending ? 'Pulling' : push.isPending ? 'Pushing' : undefined
  return {
    running: word && `${word}, ${clock(now - since)}`,
    fetch() {
      setSince(Date.now())
      fetch.mutate(ids)
    },
    pull() {
      setSince(Date.now())
      pull.mutate({ ...ids, how: 'ff' })
    },
    push(setUpstream: boolean) {
      setSince(Date.now())
      push.mutate({ ...ids, ...(setUpstream && { setUpstream }) })
    },
    cancel: () => cancel.mutate(ids),
  }
}
