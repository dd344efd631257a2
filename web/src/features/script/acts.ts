import { sentence } from '~/lib/format'

const titles: Readonly<Record<string, string>> = {
  abort_merge: 'Aborting the merge',
  checkout_branch: 'Checking out another branch',
  commit_changes: 'Committing',
  continue_merge: 'Finishing the merge',
  create_pull_request: 'Opening a pull request',
  delete_worktree: 'Removing the worktree',
  discard_changes: 'Discarding changes',
  fetch_remote: 'Fetching',
  land_worktree: 'Landing',
  merge_base: 'Bringing base in',
  pull_branch: 'Pulling',
  push_branch: 'Pushing',
  rebase_worktree: 'Rebasing onto base',
  restore_checkpoint: 'Restoring a checkpoint',
  restore_salvage: 'Restoring what was set aside',
  squash_worktree: 'Squashing the commits',
  undo_commit: 'Undoing the commit',
  undo_merge: 'Undoing the landing',
}

/** What the daemon does, in words; an operation without words of its own by its name. */
export const actTitle = (op: string) => titles[op] ?? sentence(op.replaceAll('_', ' '))

const cancellable: ReadonlySet<string> = new Set(['commit_changes', 'continue_merge', 'fetch_remote', 'land_worktree', 'merge_base', 'pull_branch', 'push_branch', 'rebase_worktree', 'squash_worktree'])

/** What git does for it can be ended by a person. */
export const isCancellable = (op: string) => cancellable.has(op)

const steps: Readonly<Record<string, string>> = { fetch: 'fetches from the remote', push: 'pushes the branch', create: 'opens it at the host', ff: 'moves the branch forward', merge: 'merges', rebase: 'rebases' }

/** "waits for commit_changes of worktree wt_…": what is ahead, in the page's words. `nameOf`: of a worktree. */
export function stepText(step: string, nameOf: (id: string) => string | undefined): string {
  const [, op, id] = /^waits for (\w+)(?: of \w+ (\w+))?$/.exec(step) ?? []
  if (op === undefined) return steps[step] ?? step
  const name = id === undefined ? undefined : nameOf(id)
  return `waits for: ${actTitle(op)}${name === undefined ? '' : ` in ${name}`}`
}
