import { useEffect, useState, useSyncExternalStore } from 'react'
import { call, follow } from '~/api/client'
import { connection } from '~/api/connection'
import type { Cursor } from '~/api/generated'
import type { StreamEvent } from '~/api/wire'
import { DiffStore, type Daemon } from '~/features/diff/diff-store'
import type { Sides } from '~/features/diff/sides'

type Heard = (cursors: readonly Cursor[]) => void

/** The daemon, and who hears the cursors of each of its lists. */
function tappedDaemon(): { daemon: Daemon; listen: (heard: Heard) => void } {
  let heard: Heard | undefined
  const daemon: Daemon = {
    async diff(input, abort) {
      const answer = await call('get_worktree_diff', input, undefined, abort)
      heard?.(answer.cursors)
      return answer
    },
    blob: (input, abort) => call('get_worktree_blob', input, undefined, abort),
  }
  return { daemon, listen: (next) => (heard = next) }
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
  const [{ store, listen }] = useState(() => {
    const tapped = tappedDaemon()
    return { listen: tapped.listen, store: new DiffStore(tapped.daemon, { workspaceId, worktreeId, sides }) }
  })
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
      onRefused: (error: Error) => {
        leave = undefined
        store.doubt(error)
      },
    }
    // From the first answer that there is, also if the first question had none; and again after a refusal.
    listen((cursors) => {
      const place = cursors.find(({ topic }) => topic === `workspace/${workspaceId}`)
      if (place && !isOver && !leave) leave = follow(place, follower)
    })
    // What could not be read while the daemon was away is read when it is back.
    const leaveLine = connection.subscribe(() => connection.get().state === 'live' && store.get().error && soon())
    void store.open()
    return () => {
      leaveLine()
      isOver = true
      clearTimeout(timer)
      leave?.()
      store.close()
    }
  }, [store, listen, workspaceId, worktreeId, sides])
  return { store, state: useSyncExternalStore(store.subscribe, store.get) }
}
