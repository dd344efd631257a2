import type { Draft } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import { visibleName } from '~/lib/visible'
import { toast, toastUndo } from '~/ui/toasts'

/**
 * Commits or amends, and offers to undo it: the branch is where it was then, index and files stay, and the message is a draft again. What
 * no other commit was below, or what ended a merge, cannot be undone.
 */
export function useCommit(draft: Draft, onDone: () => void) {
  const undo = useAct('undo_commit', undefined, 'toasted')
  return useAct('commit_changes', ({ id, beforeId, summary, note }, { workspaceId, worktreeId, amend, message = '' }) => {
    draft.set('')
    const done = amend === true ? `Amended: ${visibleName(summary)}. The commit that it replaces is kept in Recovery.` : `Committed: ${visibleName(summary)}`
    const text = note === undefined ? done : visibleName(note)
    if (beforeId === undefined) toast(text)
    else
      toastUndo(text, async () => {
        await undo.mutateAsync({ workspaceId, worktreeId, commitId: id, beforeId })
        draft.restore(message)
      })
    onDone()
  })
}
