import { useQuery } from '@tanstack/react-query'
import type { GitDiff, GitDiffFile } from '~/api/generated'
import { gitQuery } from '~/api/workspace-queries'
import { restoreDiffQuery, reversed } from '~/api/recovery'
import { replacedOf } from '~/features/recovery/rows'
import { Prose } from '~/features/recovery/parts'
import { fileStatuses } from '~/lib/file-status'
import { formatNumber, plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { ErrorNote } from '~/ui/ErrorNote'
import { PlusMinus } from '~/ui/PlusMinus'
import { Skeleton } from '~/ui/Skeleton'

const mostShown = 6

type Place = { workspaceId: string; worktreeId: string; to: string }

/** What restoring would change, read when it is looked at. */
export function useChanges({ workspaceId, worktreeId, to }: Place, isOn: boolean) {
  return useQuery({ ...restoreDiffQuery(workspaceId, worktreeId, to), enabled: isOn, select: ({ body }) => reversed(body) })
}

type ChangesProps = { changes: ReturnType<typeof useChanges>; isWhole: boolean; onWhole: () => void }

/** The files that restoring would change, as it would change them. */
export function Changes({ changes, isWhole, onWhole }: ChangesProps) {
  if (changes.error) return <ErrorNote title="What would change could not be read" error={changes.error} onRetry={() => void changes.refetch()} />
  if (changes.isPending) return <Skeleton label="Comparing it with what is there" />
  const { files, totalFiles } = changes.data
  const shown = isWhole ? files : files.slice(0, mostShown)
  return (
    <div className="my-3">
      <ul aria-label="Files that restoring would change">
        {shown.map((file) => (
          <FileRow key={file.path} file={file} />
        ))}
      </ul>
      {totalFiles > shown.length && (
        <p className="flex h-6 items-center pl-5 text-sm text-fg2">
          {isWhole ? (
            `${formatNumber(totalFiles - shown.length)} more are not listed here`
          ) : (
            <button type="button" onClick={onWhole} className="touch h-6 hover:text-fg0 hover:underline">
              {formatNumber(totalFiles - shown.length)} more
            </button>
          )}
        </p>
      )}
    </div>
  )
}

function FileRow({ file: { path, status, added, removed } }: { file: GitDiffFile }) {
  const { letter, word } = fileStatuses[status]
  const cut = path.lastIndexOf('/') + 1
  return (
    <li className="grid min-h-6 grid-cols-[20px_minmax(0,1fr)_auto] items-center font-mono text-sm">
      <span className="text-fg2">
        <span aria-hidden="true">{letter}</span>
        <span className="sr-only">{word}</span>
      </span>
      <span className="truncate" title={visibleName(path)}>
        <span className="text-fg2">{visibleName(path.slice(0, cut))}</span>
        {visibleName(path.slice(cut))}
      </span>
      <span className="pl-2 font-sans">
        <PlusMinus added={added} removed={removed} isColoured />
      </span>
    </li>
  )
}

/** What happens to that which is in the worktree now. */
export function Replaced({ place: { workspaceId, worktreeId }, diff }: { place: Place; diff: GitDiff }) {
  const git = useQuery(gitQuery(workspaceId, worktreeId)).data
  if (!git || diff.totalFiles === 0) return null
  const changed = [...new Set([...git.modified, ...git.staged, ...git.untracked, ...git.conflicted])]
  const replaced = replacedOf(changed, diff.files.map(({ path }) => path))
  const [first] = replaced
  if (changed.length === 0) return <Prose>The worktree has no uncommitted change now; its files are salvaged first all the same.</Prose>
  return (
    <Prose>
      The worktree has {plural(changed.length, 'changed file')} now. {changed.length === 1 ? 'It is' : 'They are'} salvaged first
      {first === undefined ? '; none of them would be replaced.' : `; ${replaced.length} of them, `}
      {first !== undefined && (
        <>
          <span className="font-mono">{visibleName(first)}</span>
          {replaced.length > 1 && ' first'}, would be replaced.
        </>
      )}
    </Prose>
  )
}
