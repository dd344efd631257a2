import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { AgentOverview, WorktreeOverview } from '~/api/generated'
import { readQuery } from '~/api/live'
import { gitQuery } from '~/api/workspace-queries'
import { useAct } from '~/api/use-act'
import { useRuns } from '~/features/board/use-runs'
import { lookOf, wordOf } from '~/lib/status'
import { plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { StatusGlyph } from '~/ui/Status'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { ErrorNote } from '~/ui/ErrorNote'
import { toast, toastUndo } from '~/ui/toasts'

export function useRemoval({ workspaceId, id: worktreeId, name }: WorktreeOverview, isMissing: boolean, onDone: () => void, errors: 'shown' | 'toasted' = 'shown') {
  const restore = useAct('restore_worktree', ({ note }) => note && toast(note), 'toasted')
  return useAct('delete_worktree', () => {
    if (isMissing) toast(`Forgot ${visibleName(name)}`)
    else toastUndo(`Moved ${visibleName(name)} to the trash`, () => restore.mutateAsync({ workspaceId, worktreeId }))
    onDone()
  }, errors)
}

/**
 * Removing moves the folder to the trash as it is; the dialog says what it contains, and the toast can undo it. A
 * worktree whose folder is gone has nothing to move: it is forgotten.
 */
type RemoveWorktreeProps = { worktree: WorktreeOverview; onClose: () => void; onDone?: () => void }

export function RemoveWorktree({ worktree, onClose, onDone = onClose }: RemoveWorktreeProps) {
  const { workspaceId, id: worktreeId } = worktree
  const isMissing = useQuery(readQuery('get_worktree', { workspaceId, worktreeId })).data?.isMissing === true
  const remove = useRemoval(worktree, isMissing, onDone)
  const git = useQuery(gitQuery(workspaceId, worktreeId)).data
  const dirty = git && !isMissing ? git.counts.staged + git.counts.modified + git.counts.untracked + git.counts.conflicted : 0
  const { idle, engaged } = useRuns(worktreeId)
  const isForced = dirty > 0 || remove.error?.code === 'CONFLICT'
  return (
    <Dialog
      title={`Remove ${worktree.name}`}
      {...(engaged.length === 0 && { submit: remove.isPending ? 'Removing' : isMissing ? 'Forget' : 'Move to trash' })}
      isBusy={remove.isPending}
      isDanger
      onSubmit={() => remove.mutate({ workspaceId, worktreeId, force: isForced })}
      onClose={onClose}
    >
      <p>
        The folder <span className="font-mono text-sm [overflow-wrap:anywhere]">{visibleName(worktree.path)}</span>{' '}
        {isMissing ? 'is gone: Muster and git forget this worktree.' : 'moves to Muster’s trash with every file in it.'} The branch <span className="font-mono text-sm">{visibleName(worktree.branch)}</span> stays.
      </p>
      {dirty > 0 && (
        <p className="text-wait">{plural(dirty, 'file')} with uncommitted changes: they move along and come back with Undo.</p>
      )}
      {idle.length > 0 && <p>{plural(idle.length, 'idle agent')} will be stopped, and can be restored with the worktree.</p>}
      {engaged.length > 0 && <Engaged agents={engaged} onLeave={onClose} />}
      {remove.error && <ErrorNote title="The worktree was not removed" error={remove.error} />}
    </Dialog>
  )
}

/** They keep the worktree: each with the way to it, and a way to stop it. */
function Engaged({ agents, onLeave }: { agents: readonly AgentOverview[]; onLeave: () => void }) {
  const stop = useAct('stop_agent')
  const n = agents.length
  return (
    <div>
      <p className="text-wait">{plural(n, 'agent')} still {n === 1 ? 'works' : 'work'} here. Stop {n === 1 ? 'it' : 'them'} first, or let {n === 1 ? 'it' : 'them'} finish.</p>
      <ul aria-label="Agents at work" className="mt-2 flex flex-col">
        {agents.map((agent) => (
          <li key={agent.id} className="flex min-h-8 items-center gap-2">
            <StatusGlyph look={lookOf(agent.statusReason)} word={wordOf(agent.statusReason)} />
            <Link to="/w/$workspaceId/a/$agentId" params={{ workspaceId: agent.workspaceId, agentId: agent.id }} onClick={onLeave} className="hit min-w-0 flex-1 truncate font-medium hover:underline">
              {visibleName(agent.name)}
            </Link>
            <Button isSmall isOff={stop.isPending} onClick={() => stop.mutate({ agentId: agent.id })} aria-label={`Stop ${visibleName(agent.name)}`}>
              Stop
            </Button>
          </li>
        ))}
      </ul>
      {stop.error && <ErrorNote title="The agent was not stopped" error={stop.error} />}
    </div>
  )
}
