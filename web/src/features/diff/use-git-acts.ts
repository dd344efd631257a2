import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { call } from '~/api/client'
import type { GitDiffHunk } from '~/api/generated'
import { gitQuery } from '~/api/workspace-queries'
import { useAct } from '~/api/use-act'
import type { DiffFile } from '~/features/diff/model'
import type { Sides } from '~/features/diff/sides'
import { stageOf } from '~/features/diff/stage'
import { plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { toastError, toastUndo } from '~/ui/toasts'

type Ids = { workspaceId: string; worktreeId: string }

/** Brings back what a discard has set aside: the newest salvage of that act, and of it these files alone. */
function useBringBack(ids: Ids) {
  const restore = useAct('restore_salvage', undefined, 'toasted')
  return async function bringBack(paths: readonly string[]) {
    try {
      const { body } = await call('list_salvages', { ...ids, limit: 10 })
      const salvage = body.salvages.find(({ act }) => act === 'discard_changes')
      if (!salvage) throw new Error('What was set aside is not there any more. Recovery lists what is kept.')
      restore.mutate({ ...ids, salvageId: salvage.id, paths: [...paths] })
    } catch (error) {
      toastError(error instanceof Error ? error : new Error(String(error)))
    }
  }
}

const nameOf = (path: string) => visibleName(path.slice(path.lastIndexOf('/', path.length - 2) + 1))

const ref = ({ path, meta }: DiffFile, { id = '' }: GitDiffHunk) => ({ path, id, ...(meta.oldPath !== undefined && { oldPath: meta.oldPath }) })
/** A rename concerns the old name as well. */
const filesOf = ({ path, meta }: DiffFile) => (meta.oldPath !== undefined && meta.status === 'renamed' ? [path, meta.oldPath] : [path])

/**
 * Staging and discarding by file and by hunk. A hunk has the same id in the index's diff as here if nothing of its file is staged, or
 * if the index is what is compared.
 */
export function useGitActs(ids: Ids, { from, to }: Sides) {
  const git = useQuery(gitQuery(ids.workspaceId, ids.worktreeId)).data
  const bringBack = useBringBack(ids)
  const stage = useAct('stage_changes', undefined, 'toasted')
  const unstage = useAct('unstage_changes', undefined, 'toasted')
  const discard = useAct('discard_changes', undefined, 'toasted')
  const stageAt = useMemo(() => stageOf(git), [git])
  const isIndex = from === 'head' && to === 'index'
  const isLive = to === undefined || to === 'worktree'
  const canHunk = (file: DiffFile) => (from === 'index' && to === undefined) || (from === 'head' && isLive && stageAt(file.path) === 'none')

  function discardFile(file: DiffFile) {
    const words = file.meta.status === 'untracked' ? `Removed ${nameOf(file.path)}` : `Discarded ${plural(file.meta.added + file.meta.removed, 'changed line')} of ${nameOf(file.path)}`
    discard.mutate({ ...ids, files: filesOf(file) }, { onSuccess: () => toastUndo(`${words}. It is set aside.`, () => void bringBack(filesOf(file))) })
  }
  function discardHunk(file: DiffFile, hunk: GitDiffHunk) {
    const count = hunk.lines.filter(({ type }) => type !== 'context').length
    const words = `Discarded ${plural(count, 'changed line')} of ${nameOf(file.path)}`
    discard.mutate({ ...ids, hunks: [ref(file, hunk)] }, { onSuccess: () => toastUndo(`${words}. It is set aside.`, () => void bringBack([file.path])) })
  }
  return {
    stageAt,
    stageFile: isLive ? (file: DiffFile) => stage.mutate({ ...ids, files: filesOf(file) }) : undefined,
    unstageFile: (file: DiffFile) => unstage.mutate({ ...ids, files: filesOf(file) }),
    discardFile: isLive ? discardFile : undefined,
    hunkActs: (file: DiffFile, hunk: GitDiffHunk) => {
      if (hunk.id === undefined) return {}
      if (isIndex) return { unstage: () => unstage.mutate({ ...ids, hunks: [ref(file, hunk)] }) }
      if (!canHunk(file)) return {}
      return { stage: () => stage.mutate({ ...ids, hunks: [ref(file, hunk)] }), discard: () => discardHunk(file, hunk) }
    },
  }
}

export type GitActs = ReturnType<typeof useGitActs>
