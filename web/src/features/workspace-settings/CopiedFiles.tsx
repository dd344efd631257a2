import { useQuery } from '@tanstack/react-query'
import { useFormTexts } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import { copiedQuery } from '~/api/workspace-settings'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { TextArea } from '~/ui/Field'
import { Skeleton } from '~/ui/Skeleton'
import { toastUndo } from '~/ui/toasts'

const linesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

/** Ignored files that a new worktree gets from the repository's own folder. */
export function CopiedFiles({ workspaceId }: { workspaceId: string }) {
  const copied = useQuery(copiedQuery(workspaceId))
  const undo = useAct('set_copied_files', () => void copied.refetch(), 'toasted')
  const before = copied.data?.patterns ?? []
  const stored = before.join('\n')
  const { texts: { patterns }, set: change, drop } = useFormTexts(`copied/${workspaceId}`, { patterns: stored })
  const set = useAct('set_copied_files', () => {
    drop()
    void copied.refetch()
    toastUndo('Changed the copied files', () => undo.mutateAsync({ workspaceId, patterns: before }))
  })
  if (copied.error) return <ErrorNote title="The copied files could not be read" error={copied.error} onRetry={() => void copied.refetch()} />
  if (!copied.data) return <Skeleton label="Reading the copied files" rows={2} />
  const isTyped = linesOf(patterns).join('\n') !== stored
  return (
    <>
      <TextArea
        label="Ignored files that a new worktree gets"
        hint="One pattern per line, as in a shell: .env, config/*.local, node_modules/ for a folder with all that is in it. Changes apply to worktrees made from now on."
        isMono
        rows={Math.min(10, Math.max(3, patterns.split('\n').length + 1))}
        value={patterns}
        onText={(text) => change({ patterns: text })}
        error={set.error?.details['patterns']?.[0]}
        spellCheck={false}
      />
      {set.error && <ErrorNote title="The copied files were not changed" error={set.error} />}
      <div className="mt-2 flex gap-2">
        <Button isOff={!isTyped || set.isPending} onClick={() => set.mutate({ workspaceId, patterns: linesOf(patterns) })}>
          {set.isPending ? 'Saving' : 'Save'}
        </Button>
        {isTyped && (
          <Button look="quiet" onClick={drop}>
            Discard
          </Button>
        )}
      </div>
    </>
  )
}
