import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { OpenWith } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import { useAct } from '~/api/use-act'
import { toast, toastError } from '~/ui/toasts'
import type { CallError } from '~/api/wire'

type Ids = { workspaceId: string; worktreeId: string }

/** The full path of a place of a worktree; undefined until its worktree is known. */
export function useFullPath({ worktreeId }: Ids) {
  const folder = useQuery(overviewQuery()).data?.worktrees.find(({ id }) => id === worktreeId)?.path
  return useCallback((path: string | undefined) => (folder === undefined ? path : path === undefined ? folder : `${folder}/${path}`), [folder])
}

/**
 * Opens a place in a program of the person's own. From another machine that cannot be: then the path is copied, and the
 * page says so.
 */
export function useOpenIn(ids: Ids) {
  const fullPath = useFullPath(ids)
  const { mutate } = useAct('open_in')
  return function openIn(what: OpenWith, path?: string, line?: number) {
    async function copyInstead(error: CallError) {
      if (error.code !== 'FORBIDDEN') return toastError(error)
      await navigator.clipboard.writeText(fullPath(path) ?? '')
      toast('This browser runs on another machine: the path is copied instead.')
    }
    mutate({ ...ids, what, ...(path !== undefined && { path }), ...(line !== undefined && { line }) }, { onError: (error) => void copyInstead(error).catch(() => undefined) })
  }
}
