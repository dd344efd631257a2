import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import type { WorkspaceNews, WorktreeOverview } from '~/api/generated'
import { goneWorkspaces } from '~/api/missing'
import { overviewQuery } from '~/api/overview'
import { useFormTexts } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import { sentence } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { ErrorNote } from '~/ui/ErrorNote'
import { TextField } from '~/ui/Field'
import { StatusGlyph } from '~/ui/Status'
import { toast } from '~/ui/toasts'

/** Each has two actions; a disk that is not there takes many at once. */
const mostNotes = 3

type NoteProps = { title: string; path: string; children: string; acts: ReactNode }

function Note({ title, path, children, acts }: NoteProps) {
  return (
    <section aria-label={title} className="grid max-w-[720px] grid-cols-[28px_minmax(0,1fr)] py-3">
      <StatusGlyph look="error" className="mt-[3px]" />
      <div className="min-w-0">
        <p className="font-semibold">{title}</p>
        <p className="text-sm text-fg1">
          Nothing is at <span className="font-mono [overflow-wrap:anywhere]">{visibleName(path)}</span> now. {children}
        </p>
        <div className="mt-2 flex flex-wrap gap-2">{acts}</div>
      </div>
    </section>
  )
}

function MovedDialog({ workspace: { workspaceId, name, path }, onClose }: { workspace: WorkspaceNews; onClose: () => void }) {
  const { texts: { text }, set, drop } = useFormTexts(`moved/${workspaceId}`, { text: path })
  function leave() {
    drop()
    onClose()
  }
  const move = useAct('relocate_workspace', ({ path: now }) => {
    toast(`${visibleName(name)} is at ${visibleName(now)}`)
    leave()
  })
  const isReady = text.trim() !== '' && !move.isPending
  return (
    <Dialog title={`Where is ${name} now?`} submit={move.isPending ? 'Looking' : 'It is there'} isBusy={!isReady} onSubmit={() => isReady && move.mutate({ workspaceId, path: text.trim() })} onClose={leave}>
      <TextField label="Folder of the repository" isMono value={text} onText={(next) => set({ text: next })} error={move.error ? sentence(move.error.message) : undefined} />
      <p className="text-sm text-fg2">Its worktrees and agents stay with it. git’s links to worktrees outside the folder are repaired; no file of yours is changed.</p>
    </Dialog>
  )
}

function GoneWorkspace({ workspace }: { workspace: WorkspaceNews }) {
  const { workspaceId, name, path } = workspace
  const navigate = useNavigate()
  const [isAsking, setAsking] = useState(false)
  const close = useAct('delete_workspace', () => {
    toast(`Closed ${visibleName(name)}`)
    void navigate({ to: '/' })
  })
  return (
    <>
      <Note
        title={`The repository of ${visibleName(name)} is gone`}
        path={path}
        acts={
          <>
            <Button isSmall onClick={() => setAsking(true)}>
              It moved to…
            </Button>
            <Button isSmall look="quiet" isOff={close.isPending} onClick={() => close.mutate({ workspaceId })}>
              Close the workspace
            </Button>
          </>
        }
      >
        If it comes back, this goes by itself. Closing keeps the transcripts of its agents, and changes no file.
      </Note>
      {close.error && <ErrorNote title="The workspace was not closed" error={close.error} />}
      {isAsking && <MovedDialog workspace={workspace} onClose={() => setAsking(false)} />}
    </>
  )
}

/** The workspaces whose repository is gone, or this one if it is. Nothing where all are there. */
export function GoneWorkspaces({ workspaceId }: { workspaceId?: string | undefined }) {
  const all = useQuery(overviewQuery()).data
  const gone = all ? goneWorkspaces(all).filter((one) => workspaceId === undefined || one.workspaceId === workspaceId) : []
  return (
    <>
      {gone.slice(0, mostNotes).map((workspace) => (
        <GoneWorkspace key={workspace.workspaceId} workspace={workspace} />
      ))}
      {gone.length > mostNotes && <p className="pb-3 pl-7 text-sm text-fg1">The repositories of {gone.length - mostNotes} more workspaces are gone.</p>}
    </>
  )
}

/** In place of what a worktree shows, when its folder or its repository is gone. */
export function GoneWorktree({ worktree, onRemove }: { worktree: WorktreeOverview; onRemove: () => void }) {
  if (worktree.missing === 'repository') return <GoneWorkspaces workspaceId={worktree.workspaceId} />
  return (
    <Note
      title={`The folder of ${visibleName(worktree.name)} is gone`}
      path={worktree.path}
      acts={
        !worktree.isMain && (
          <Button isSmall onClick={onRemove}>
            Remove the worktree…
          </Button>
        )
      }
    >
      If it comes back, this goes by itself. Its branch and its commits are in the repository.
    </Note>
  )
}
