import { useQuery } from '@tanstack/react-query'
import { overviewQuery } from '~/api/overview'
import { baseQuery } from '~/api/workspace-settings'
import { checkpointsQuery } from '~/features/diff/queries'
import { checkpointWords, equalWords, type Against } from '~/features/diff/sides'
import type { DiffPlace } from '~/features/diff/DiffPane'
import { Button } from '~/ui/Button'
import { Command, Empty } from '~/ui/Empty'
import { quoteWord } from '~/lib/shell'
import { visibleName } from '~/lib/visible'

type NothingProps = { workspaceId: string; worktreeId: string; against: Against; onNavigate: (place: DiffPlace) => void }

/** Both sides are equal: which ones, and what else could be compared. */
export function NothingChanged({ workspaceId, worktreeId, against, onNavigate }: NothingProps) {
  const base = useQuery(baseQuery(workspaceId)).data?.branch
  const checkpoints = useQuery(checkpointsQuery(workspaceId, worktreeId)).data?.checkpoints ?? []
  const newest = checkpoints.find(({ state, id }) => state === 'taken' && id !== against)
  const folder = useQuery(overviewQuery()).data?.worktrees.find(({ id }) => id === worktreeId)?.path
  const words = gitWords(against, base)
  const { title, text } = wordsOf(against, base, equalWords(against, checkpoints))
  return (
    <div className="px-6">
      <Empty
        title={title}
        text={text}
        action={
          <>
            {newest && (
              <Button look="quiet" onClick={() => onNavigate({ against: newest.id })}>
                Compare with {checkpointWords(newest)}
              </Button>
            )}
            {folder !== undefined && words !== undefined && <Command text={`git -C ${quoteWord(folder)} diff${words}`} />}
          </>
        }
      />
    </div>
  )
}

/** What follows `git diff` for the same comparison; undefined where git alone has no name for a side. */
function gitWords(against: Against, base: string | undefined): string | undefined {
  if (against === 'base') return base === undefined ? undefined : ` --merge-base ${quoteWord(base)}`
  return { head: ' HEAD', unstaged: '', staged: ' --cached' }[against]
}

function wordsOf(against: Against, base: string | undefined, words: string): { title: string; text: string } {
  if (against === 'base') return { title: `Equal to ${visibleName(base ?? 'its base')}`, text: 'Nothing here differs from where this branch left it.' }
  if (against === 'head') return { title: 'Equal to HEAD', text: 'Nothing differs from the last commit.' }
  if (against === 'unstaged') return { title: 'Nothing to stage', text: 'Every change is staged, or there is none.' }
  if (against === 'staged') return { title: 'Nothing is staged', text: 'The next commit would be empty.' }
  return { title: 'Equal', text: visibleName(words) }
}
