import { Link } from '@tanstack/react-router'
import type { WorktreeOverview } from '~/api/generated'
import { goneText } from '~/api/missing'
import { distanceOf, sizeOf } from '~/api/size'
import { plural } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { Icon } from '~/ui/Icon'
import { PlusMinus } from '~/ui/PlusMinus'
import { StatusGlyph } from '~/ui/Status'

/** "3 staged, 2 untracked", or that nothing is to be committed. */
function stateOf({ staged = 0, modified = 0, untracked = 0, conflicted = 0, unverified = 0, source }: WorktreeOverview): string {
  if (source === undefined) return 'not read yet'
  const parts = [conflicted && `${conflicted} in conflict`, staged && `${staged} staged`, modified && `${modified} changed`, untracked && `${untracked} untracked`, unverified && `${unverified} not verified`]
  const state = parts.filter(Boolean).join(', ') || 'clean'
  return source === 'polled' ? `${state}, looked at every few seconds` : state
}

/** The left cell of a row: branch, distance, lines, and what is not committed. */
export function WorktreeCell({ worktree, menu }: { worktree: WorktreeOverview; menu: React.ReactNode }) {
  const { base, isMain, isLanded, conflicted = 0 } = worktree
  const error = goneText(worktree) ?? worktree.error
  // A squash leaves the commits of the branch ahead: nothing of them is still to come.
  const distance = isLanded ? '' : distanceOf(worktree)
  const size = isLanded ? undefined : sizeOf(worktree)
  return (
    <div className="group/worktree grid min-w-0 content-start py-2 pr-2 pl-6 max-sm:pl-4">
      <div className="flex h-5 min-w-0 items-center gap-2">
        <Icon name="branch" className="size-3.5 text-fg2" />
        <Link
          to="/w/$workspaceId/review/$worktreeId"
          params={{ workspaceId: worktree.workspaceId, worktreeId: worktree.id }}
          title={visibleName(worktree.path)}
          className="hit min-w-0 truncate font-mono text-base font-medium hover:underline"
        >
          {visibleName(worktree.branch)}
        </Link>
        {worktree.name !== worktree.branch && !isMain && <span className="min-w-0 shrink truncate text-sm text-fg2">{visibleName(worktree.name)}</span>}
        <span className="ml-auto shrink-0">{menu}</span>
      </div>
      <p className="mt-0.5 mb-1 flex h-4 min-w-0 items-center gap-3 text-sm whitespace-nowrap text-fg2">
        {distance && (
          <span className="text-fg1" title={base && `Commits that only it has, and that only ${visibleName(base)} has`}>
            {distance}
          </span>
        )}
        {isLanded && <span>landed</span>}
        <PlusMinus {...size} />
        {size && size.files > 0 && <span>{plural(size.files, 'file')}</span>}
      </p>
      <p className="flex h-4 min-w-0 items-center gap-1.5 text-sm text-fg2">
        {(error !== undefined || conflicted > 0) && <StatusGlyph look={error === undefined ? 'waiting' : 'error'} size="size-3" />}
        <span className="truncate" title={error && visible(error)}>
          {error === undefined ? stateOf(worktree) : visible(error)}
        </span>
      </p>
    </div>
  )
}
