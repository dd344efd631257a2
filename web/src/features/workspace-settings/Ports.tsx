import type { WorkspaceDetail, WorktreePort } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'

/** Ten ports of each worktree, which no other worktree gets; scripts find them in variables. */
export function Ports({ workspace }: { workspace: WorkspaceDetail }) {
  return (
    <>
      <p className="pb-2 text-sm text-fg2">
        Each worktree has ten ports of its own, so that dev servers do not meet. Scripts and agents find them in variables. They are reserved when something
        starts there for the first time, or here.
      </p>
      <ul aria-label="Ports of worktrees">
        {workspace.worktrees.map(({ id, name }) => (
          <PortsOf key={id} workspaceId={workspace.id} worktreeId={id} name={name} />
        ))}
      </ul>
    </>
  )
}

function PortsOf({ workspaceId, worktreeId, name }: { workspaceId: string; worktreeId: string; name: string }) {
  const reserve = useAct('reserve_worktree_ports')
  return (
    <li className="border-t border-line py-1">
      <div className="flex min-h-8 items-center gap-3">
        <span className="min-w-0 flex-1 truncate">{visibleName(name)}</span>
        <Button isSmall isOff={reserve.isPending} onClick={() => reserve.mutate({ workspaceId, worktreeId })}>
          {reserve.data ? 'Look again' : 'Reserve and show'}
          <span className="sr-only"> the ports of {visibleName(name)}</span>
        </Button>
      </div>
      {reserve.error && <ErrorNote title="The ports could not be read" error={reserve.error} />}
      {reserve.data && (
        <ul aria-label={`Ports of ${visibleName(name)}`} className="pb-2">
          {reserve.data.ports.map((port) => (
            <PortLine key={port.port} port={port} />
          ))}
        </ul>
      )}
    </li>
  )
}

function PortLine({ port: { name, port, isInUse, program, pid } }: { port: WorktreePort }) {
  const user = program === undefined ? 'another user’s process' : `${visibleName(program)}${pid === undefined ? '' : `, process ${pid}`}`
  return (
    <li className="grid min-h-6 grid-cols-[160px_64px_minmax(0,1fr)] items-center text-sm max-sm:grid-cols-[128px_56px_minmax(0,1fr)]">
      <span className="truncate font-mono">{visibleName(name)}</span>
      <span className="font-mono">{port}</span>
      <span className="truncate text-fg2">{isInUse ? `in use by ${user}` : 'free'}</span>
    </li>
  )
}
