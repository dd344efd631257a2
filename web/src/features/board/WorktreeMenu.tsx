import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { WorktreeOverview } from '~/api/generated'
import { readQuery } from '~/api/live'
import { useSetting } from '~/api/settings'
import { useAct } from '~/api/use-act'
import { useOpenItems } from '~/api/use-open-in'
import { useRuns } from '~/features/board/use-runs'
import { useRemoval } from '~/features/board/RemoveWorktree'
import { visibleName } from '~/lib/visible'
import { copyText } from '~/ui/CopyButton'
import { Menu, type MenuItem } from '~/ui/Menu'
import { toast } from '~/ui/toasts'

export type WorktreeDialog = 'checkout' | 'remove' | 'rename'

type WorktreeMenuProps = {
  worktree: WorktreeOverview
  onStart: () => void
  onDialog: (dialog: WorktreeDialog) => void
  move?: { up?: () => void; down?: () => void }
}

const mostArchived = 12

/** Nothing in it would have to come back: the settings may say that such a worktree goes without a question. */
function isPlain({ staged = 0, modified = 0, untracked = 0, conflicted = 0, unverified = 0, source, error }: WorktreeOverview): boolean {
  return source !== undefined && error === undefined && staged + modified + untracked + conflicted + unverified === 0
}

/** What can be done to a worktree, and who worked there before: choosing one restores it. */
export function WorktreeMenu({ worktree, onStart, onDialog, move }: WorktreeMenuProps) {
  const navigate = useNavigate()
  const [isWanted, setWanted] = useState(false)
  const { workspaceId, id: worktreeId } = worktree
  const archived = useQuery({ ...readQuery('list_archived_agents', { worktreeId, limit: mostArchived }), enabled: isWanted }).data?.agents ?? []
  const restore = useAct('restore_agent', ({ name }) => toast(`Restored ${visibleName(name)}`), 'toasted')
  const openItems = useOpenItems({ workspaceId, worktreeId })
  const { idle, engaged } = useRuns(worktreeId)
  const isAsked = useSetting('confirm_delete') !== 'false' || !isPlain(worktree) || idle.length + engaged.length > 0
  const remove = useRemoval(worktree, false, () => undefined, 'toasted')
  const isThere = worktree.missing === undefined
  const items: MenuItem[] = [
    ...(isThere ? [{ label: 'New agent here', icon: 'plus' as const, keys: 'Shift+N', run: onStart }] : []),
    { label: 'Review and merge', icon: 'diff', keys: 'M', run: () => void navigate({ to: '/w/$workspaceId/review/$worktreeId', params: { workspaceId, worktreeId } }) },
    ...(isThere ? [{ label: 'Terminals', icon: 'terminal' as const, run: () => void navigate({ to: '/w/$workspaceId/terminals/$worktreeId', params: { workspaceId, worktreeId } }) }] : []),
    ...(isThere ? [{ label: 'Check out a branch…', icon: 'branch' as const, run: () => onDialog('checkout') }] : []),
    { label: 'Rename…', icon: 'edit', run: () => onDialog('rename') },
    'line',
    ...(isThere ? openItems : []),
    { label: 'Copy id', icon: 'copy', run: () => void copyText(worktreeId, 'Id copied') },
    'line',
    ...(move?.up ? [{ label: 'Move up', keys: 'Alt+ArrowUp', run: move.up }] : []),
    ...(move?.down ? [{ label: 'Move down', keys: 'Alt+ArrowDown', run: move.down }] : []),
    { label: 'Workspace settings', icon: 'gear', run: () => void navigate({ to: '/w/$workspaceId/settings', params: { workspaceId } }) },
    ...(archived.length > 0 ? [{ heading: 'Archived: choose one to restore it' }] : []),
    ...archived.map(({ id, name, contextLevel }) => ({ label: name, hint: `context ${contextLevel} %`, icon: 'restore' as const, run: () => restore.mutate({ agentId: id }) })),
    ...(worktree.isMain ? [] : (['line', { label: isAsked ? 'Remove worktree…' : 'Remove worktree', icon: 'trash', isDanger: true, run: () => (isAsked ? onDialog('remove') : remove.mutate({ workspaceId, worktreeId })) }] as const)),
  ]
  return <Menu label={`More about ${visibleName(worktree.name)}`} icon="more" isSmall items={items} onIntent={setWanted} />
}
