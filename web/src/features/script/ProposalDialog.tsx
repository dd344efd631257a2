import type { ScriptKind, ScriptProposal } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { visible, visibleName } from '~/lib/visible'
import { Dialog } from '~/ui/Dialog'

const kinds: Record<ScriptKind, string> = { run: 'run script', check: 'check', setup: 'runs in each new worktree', teardown: 'runs before a worktree is removed' }

type ProposalDialogProps = { workspaceId: string; proposal: ScriptProposal; onDone: () => void; onClose: () => void }

/** Scripts that the repository brings run as the person: their text is read before it is accepted, and exactly that text. */
export function ProposalDialog({ workspaceId, proposal, onDone, onClose }: ProposalDialogProps) {
  const accept = useAct('accept_proposed_scripts', () => {
    onDone()
    onClose()
  })
  const { digest, path, scripts, state } = proposal
  return (
    <Dialog
      title={state === 'new' ? 'Scripts of this repository' : 'Scripts that have changed'}
      submit="Accept this digest"
      isBusy={accept.isPending || digest === undefined}
      onClose={onClose}
      onSubmit={() => digest !== undefined && accept.mutate({ workspaceId, digest })}
    >
      <p className="text-fg1">
        <code className="font-mono text-sm">{visibleName(path)}</code> proposes these. They run with your rights; accepted, they replace those that were accepted before.
      </p>
      <ul className="flex flex-col gap-3">
        {scripts.map(({ name, kind, command }) => (
          <li key={`${kind} ${name}`} className="min-w-0">
            <p className="flex gap-2">
              <span className="font-medium">{visibleName(name)}</span>
              <span className="text-fg2">{kinds[kind]}</span>
            </p>
            <pre tabIndex={0} aria-label={`Command of ${visibleName(name)}`} className="mt-1 max-h-48 overflow-auto rounded-md bg-bg0 p-2 font-mono text-sm leading-5 break-words whitespace-pre-wrap">
              {visible(command)}
            </pre>
          </li>
        ))}
      </ul>
      {digest !== undefined && <p className="text-sm break-all text-fg2">SHA-256 <code className="font-mono">{digest}</code></p>}
      {accept.error && <p role="alert" className="text-sm text-err">{visible(accept.error.message)}</p>}
    </Dialog>
  )
}
