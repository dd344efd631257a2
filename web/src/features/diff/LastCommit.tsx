import { useQuery } from '@tanstack/react-query'
import { PathText } from '~/features/diff/PathText'
import { lastCommitQuery, lastCommitMost } from '~/features/diff/queries'
import { plural } from '~/lib/format'
import { ErrorNote } from '~/ui/ErrorNote'
import { PlusMinus } from '~/ui/PlusMinus'

/** The files of the commit that an amend replaces: they stay in it. */
export function LastCommit({ ids, head }: { ids: { workspaceId: string; worktreeId: string }; head: string }) {
  const diff = useQuery(lastCommitQuery(ids, head))
  if (diff.error) return <ErrorNote title="The files of the last commit could not be read" error={diff.error} onRetry={() => void diff.refetch()} />
  if (!diff.data) return null
  const { files, totalFiles } = diff.data
  return (
    <section aria-label="Files of the last commit" className="flex flex-col gap-1">
      <p className="text-sm text-fg2">{totalFiles === 0 ? 'The last commit changed no files.' : `It keeps ${plural(totalFiles, 'file')} of the last commit:`}</p>
      <ul tabIndex={0} className="max-h-32 overflow-y-auto">
        {files.map(({ path, oldPath, added, removed }) => (
          <li key={path} className="flex min-h-6 items-center justify-between gap-2">
            <PathText path={path} oldPath={oldPath} />
            <PlusMinus added={added} removed={removed} />
          </li>
        ))}
      </ul>
      {totalFiles > files.length && <p className="text-sm text-fg2">{`The first ${lastCommitMost} are shown.`}</p>}
    </section>
  )
}
