import { useQuery } from '@tanstack/react-query'
import { useId } from 'react'
import { branchesQuery } from '~/api/workspace-queries'
import { visibleName } from '~/lib/visible'
import { ErrorNote } from '~/ui/ErrorNote'

type BranchFieldProps = { workspaceId: string; worktreeId: string; value: string; onValue: (branch: string) => void }

/** The branches of a repository, as seen from one of its worktrees. */
export function BranchField({ workspaceId, worktreeId, value, onValue }: BranchFieldProps) {
  const id = useId()
  const { data: branches, error, refetch } = useQuery(branchesQuery(workspaceId, worktreeId))
  if (error) return <ErrorNote title="The branches could not be read" error={error} onRetry={() => void refetch()} />
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-sm font-medium text-fg1">
        Branch to check out
      </label>
      <select
        id={id}
        value={value}
        disabled={!branches}
        onChange={(event) => onValue(event.target.value)}
        className="touch h-8 rounded-md border border-ctl bg-bg0 px-2 font-mono text-sm"
      >
        <option value="">{branches ? 'Choose a branch' : 'Reading the branches'}</option>
        {branches && <Group label="Local" names={branches.local} />}
        {branches && <Group label="Remote" names={branches.remote} />}
      </select>
    </div>
  )
}

function Group({ label, names }: { label: string; names: readonly string[] }) {
  if (names.length === 0) return null
  return (
    <optgroup label={label}>
      {names.map((name) => (
        <option key={name} value={name}>
          {visibleName(name)}
        </option>
      ))}
    </optgroup>
  )
}
