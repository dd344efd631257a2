import { useEffect, useState, useSyncExternalStore } from 'react'
import { call, follow } from '~/api/client'
import type { StreamEvent } from '~/api/wire'
import { DiffStore, type Daemon } from '~/features/diff/diff-store'
import type { Sides } from '~/features/diff/sides'

const daemon: Daemon = {
  diff: (input, abort) => call('get_worktree_diff', input, undefined, abort),
  blob: (input, abort) => call('get_worktree_blob', input, undefined, abort),
}

/** Events come in bursts; the list is read once for all of them. */
const quietMs = 120

/** What may move the place where the worktree left its base. */
const baseNews: ReadonlySet<string> = new Set(['base_changed', 'landed', 'landing_undone'])

function concerns(event: StreamEvent, worktreeId: string, store: DiffStore, { from }: Sides): boolean {
  if (event.type === 'git_status') {
    const { contentId = event.payload.status?.contentId } = event.payload
    return event.payload.worktreeId === worktreeId && (contentId === undefined || contentId !== store.get().contentId)
  }
  return event.type === 'workspace_updated' && from === 'base' && baseNews.has(event.payload.change)
}

type Ids = { workspaceId: string; worktreeId: string }

/** The diff, which stays true while it is shown. To be mounted again for another worktree or other sides. */
export function useDiff({ workspaceId, worktreeId }: Ids, sides: Sides) {
  const [store] = useState(() => new DiffStore(daemon, { workspaceId, worktreeId, sides }))
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let leave: (() => void) | undefined
    let isOver = false
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = undefined
        void store.refresh()
      }, quietMs)
    }
    const follower = {
      onEvent: (event: StreamEvent) => concerns(event, worktreeId, store, sides) && soon(),
      onReset: soon,
      onRefused: () => undefined,
    }
    void store.open().then((answer) => {
      const place = answer?.cursors.find(({ topic }) => topic === `workspace/${workspaceId}`)
      if (place && !isOver) leave = follow(place, follower)
    })
    return () => {
      isOver = true
      clearTimeout(timer)
      leave?.()
      store.close()
    }
  }, [store, workspaceId, worktreeId, sides])
  return { store, state: useSyncExternalStore(store.subscribe, store.get) }
}
