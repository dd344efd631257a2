import type { Overview } from '~/api/generated'
import { RenameAgent, RenameWorktree } from '~/features/board/Rename'
import { Checkout } from '~/features/board/Checkout'
import { NewWorktree } from '~/features/board/NewWorktree'
import { RemoveWorktree } from '~/features/board/RemoveWorktree'

export type OpenDialog =
  | { kind: 'checkout' | 'remove' | 'rename'; worktreeId: string }
  | { kind: 'rename agent'; agentId: string }
  | { kind: 'worktree'; workspaceId: string }

/** The dialog that is open; one whose subject is gone closes by itself. */
export function BoardDialogs({ open, all, onClose }: { open: OpenDialog; all: Overview; onClose: () => void }) {
  if (open.kind === 'worktree') return <NewWorktree workspaceId={open.workspaceId} onClose={onClose} />
  if (open.kind === 'rename agent') {
    const agent = all.agents.find(({ id }) => id === open.agentId)
    return agent ? <RenameAgent agent={agent} onClose={onClose} /> : null
  }
  const worktree = all.worktrees.find(({ id }) => id === open.worktreeId)
  if (!worktree) return null
  if (open.kind === 'checkout') return <Checkout worktree={worktree} onClose={onClose} />
  if (open.kind === 'rename') return <RenameWorktree worktree={worktree} onClose={onClose} />
  return <RemoveWorktree worktree={worktree} onClose={onClose} />
}
