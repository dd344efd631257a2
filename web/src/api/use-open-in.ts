import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { OpenWith } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import { useAct } from '~/api/use-act'
import { copyText } from '~/ui/CopyButton'
import type { MenuItem } from '~/ui/Menu'
import { toastError } from '~/ui/toasts'
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
export function useOpenIn({ workspaceId, worktreeId }: Ids) {
  const fullPath = useFullPath({ workspaceId, worktreeId })
  const { mutate } = useAct('open_in')
  return function openIn(what: OpenWith, path?: string, line?: number) {
    function copyInstead(error: CallError) {
      if (error.code !== 'FORBIDDEN') return toastError(error)
      return void copyText(fullPath(path) ?? '', 'This browser runs on another machine: the path is copied instead.')
    }
    mutate({ workspaceId, worktreeId, what, ...(path !== undefined && { path }), ...(line !== undefined && { line }) }, { onError: copyInstead })
  }
}

/** For the menu of whoever works in a worktree: its folder in each program of the person's own, and what can be copied of it. */
export function useOpenItems(ids: Ids): MenuItem[] {
  const openIn = useOpenIn(ids)
  const worktree = useQuery(overviewQuery()).data?.worktrees.find(({ id }) => id === ids.worktreeId)
  return [
    { label: 'Open in editor', icon: 'edit', run: () => openIn('editor') },
    { label: 'Open in terminal', icon: 'terminal', run: () => openIn('terminal') },
    { label: 'Open in file manager', icon: 'folder', run: () => openIn('file_manager') },
    ...(worktree ? [{ label: 'Copy path', icon: 'copy' as const, run: () => void copyText(worktree.path, 'Path copied') }] : []),
    ...(worktree ? [{ label: 'Copy branch', icon: 'branch' as const, run: () => void copyText(worktree.branch, 'Branch copied') }] : []),
  ]
}
