import { useQuery } from '@tanstack/react-query'
import type { WorkspaceDetail } from '~/api/generated'
import { branchesQuery } from '~/api/workspace-queries'
import { useAct } from '~/api/use-act'
import { baseQuery } from '~/api/workspace-settings'
import { sentence } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { FieldRow } from '~/ui/FieldRow'
import { toastUndo } from '~/ui/toasts'

/** The value of the choice that leaves it to the daemon. */
const byDefault = ''

/** The branch on which worktrees land. */
export function BaseBranch({ workspace }: { workspace: WorkspaceDetail }) {
  const { id: workspaceId, worktrees } = workspace
  const worktreeId = (worktrees.find(({ isMain }) => isMain) ?? worktrees[0])?.id
  const base = useQuery(baseQuery(workspaceId))
  const branches = useQuery({ ...branchesQuery(workspaceId, worktreeId ?? ''), enabled: worktreeId !== undefined })
  const undo = useAct('set_base_branch', undefined, 'toasted')
  const set = useAct('set_base_branch', () => {
    const before = base.data?.isDefault === false ? base.data.branch : undefined
    toastUndo('Changed the base branch', () => undo.mutateAsync({ workspaceId, ...(before !== undefined && { branch: before }) }))
  })
  const current = base.data?.isDefault === false ? (base.data.branch ?? byDefault) : byDefault
  const local = branches.data?.local ?? []
  const names = current === byDefault || local.includes(current) ? local : [current, ...local]
  const error = set.error ?? base.error ?? branches.error
  return (
    <FieldRow
      isWide
      title={
        <label htmlFor="base-branch" className="font-medium">
          Base branch
        </label>
      }
      text="Worktrees of this workspace are compared with it and land on it."
      error={
        error && (
          <p role="alert" className="mt-1 text-sm text-err">
            {visible(sentence(error.message))}
          </p>
        )
      }
    >
      <select
        id="base-branch"
        value={set.isPending ? (set.variables.branch ?? byDefault) : current}
        disabled={!base.data}
        onChange={({ target: { value } }) => set.mutate({ workspaceId, ...(value !== byDefault && { branch: value }) })}
        className="touch h-7 w-60 max-w-full rounded-md border border-ctl bg-bg0 px-2 font-mono text-sm max-sm:w-full"
      >
        <option value={byDefault}>{base.data?.isDefault && base.data.branch !== undefined ? `default: ${visibleName(base.data.branch)}` : 'the default'}</option>
        {names.map((name) => (
          <option key={name} value={name}>
            {visibleName(name)}
          </option>
        ))}
      </select>
    </FieldRow>
  )
}
