import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { GitDiffHunk } from '~/api/generated'
import { gitQuery } from '~/api/workspace-queries'
import { useAct } from '~/api/use-act'
import type { Input } from '~/api/wire'
import type { DiffFile } from '~/features/diff/model'
import type { Sides } from '~/features/diff/sides'
import { stageOf } from '~/features/diff/stage'
import { plural } from '~/lib/format'
import { visiblePath } from '~/lib/visible'
import { toastUndo } from '~/ui/toasts'

type Ids = { workspaceId: string; worktreeId: string }

const nameOf = (path: string) => visiblePath(path.slice(path.lastIndexOf('/', path.length - 2) + 1))

const ref = ({ path, meta }: DiffFile, { id = '' }: GitDiffHunk) => ({ path, id, ...(meta.oldPath !== undefined && { oldPath: meta.oldPath }) })
/** A rename concerns the old name as well. */
const filesOf = ({ path, meta }: DiffFile) => (meta.oldPath !== undefined && meta.status === 'renamed' ? [path, meta.oldPath] : [path])

/** What a discard of the whole file has done; a file without lines has no number of them. */
function wordsOf({ path, meta: { status, added, removed } }: DiffFile): string {
  if (status === 'untracked') return `Removed ${nameOf(path)}`
  return added + removed === 0 ? `Discarded the change of ${nameOf(path)}` : `Discarded ${plural(added + removed, 'changed line')} of ${nameOf(path)}`
}

/**
 * Staging and discarding by file and by hunk. A hunk has the same id in the index's diff as here if nothing of its file is staged, or
 * if the index is what is compared.
 */
export function useGitActs(ids: Ids, { from, to }: Sides) {
  const git = useQuery(gitQuery(ids.workspaceId, ids.worktreeId)).data
  const stage = useAct('stage_changes', undefined, 'toasted')
  const unstage = useAct('unstage_changes', undefined, 'toasted')
  const discard = useAct('discard_changes', undefined, 'toasted')
  const restore = useAct('restore_salvage', undefined, 'toasted')
  const stageAt = useMemo(() => stageOf(git), [git])
  const isIndex = from === 'head' && to === 'index'
  const isLive = to === undefined || to === 'worktree'
  const canHunk = (file: DiffFile) => (from === 'index' && to === undefined) || (from === 'head' && isLive && stageAt(file.path) === 'none')

  /** Undo brings back what this discard has set aside, and of it these files alone. */
  async function discardNow(what: Pick<Input<'discard_changes'>, 'files' | 'hunks'>, paths: string[], words: string) {
    const { salvageId } = await discard.mutateAsync({ ...ids, ...what })
    if (salvageId !== undefined) toastUndo(`${words}. It is set aside.`, () => restore.mutateAsync({ ...ids, salvageId, paths }))
  }
  // What was refused is toasted.
  const start = (...args: Parameters<typeof discardNow>) => void discardNow(...args).catch(() => undefined)
  const discardFile = (file: DiffFile) => start({ files: filesOf(file) }, filesOf(file), wordsOf(file))
  function discardHunk(file: DiffFile, hunk: GitDiffHunk) {
    const count = hunk.lines.filter(({ type }) => type !== 'context').length
    start({ hunks: [ref(file, hunk)] }, [file.path], `Discarded ${plural(count, 'changed line')} of ${nameOf(file.path)}`)
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
