import { useQuery } from '@tanstack/react-query'
import type { ProposedScript, ScriptProposal } from '~/api/generated'
import { proposalQuery, scriptsQuery } from '~/api/terminal-queries'
import { useAct } from '~/api/use-act'
import { kindTexts, timeText } from '~/features/workspace-settings/script-text'
import { formatFull, plural } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { StatusGlyph } from '~/ui/Status'
import { toast } from '~/ui/toasts'

/** Scripts that a file of the repository proposes: shown in full before a person accepts exactly these. */
export function Proposal({ workspaceId }: { workspaceId: string }) {
  const proposal = useQuery(proposalQuery(workspaceId))
  const accept = useAct('accept_proposed_scripts', ({ scripts }) => {
    toast(`Accepted ${plural(scripts.length, 'script')}`)
    void proposal.refetch()
  })
  if (proposal.error) return <ErrorNote title="The proposed scripts could not be read" error={proposal.error} onRetry={() => void proposal.refetch()} />
  if (!proposal.data || proposal.data.state === 'none') return null
  const { state, path, digest, problem, acceptedAt, scripts } = proposal.data
  const isWaiting = (state === 'new' || state === 'changed') && digest !== undefined
  return (
    <div className="mb-4 grid grid-cols-[28px_minmax(0,1fr)] border-t border-line py-2">
      <StatusGlyph look={isWaiting ? 'waiting' : state === 'unusable' ? 'error' : 'finished'} className="mt-[3px]" />
      <div className="min-w-0">
        <p className="font-medium">{titleOf(proposal.data)}</p>
        <p className="mt-0.5 text-sm text-fg2">
          <span className="font-mono">{visibleName(path)}</span>
          {digest !== undefined && (
            <>
              , SHA-256 <span className="font-mono">{digest.slice(0, 12)}</span>
            </>
          )}
          {acceptedAt !== undefined && `, accepted ${formatFull(acceptedAt)}`}
        </p>
        {problem !== undefined && <p className="mt-1 text-sm text-err">{visible(problem)}</p>}
        {isWaiting && <ProposedList workspaceId={workspaceId} scripts={scripts} />}
        {accept.error && (
          <ErrorNote
            title={accept.error.status === 409 ? 'The file has changed since it was shown' : 'The scripts were not accepted'}
            error={accept.error}
            onRetry={() => {
              accept.reset()
              void proposal.refetch()
            }}
          />
        )}
        {isWaiting && (
          <div className="mt-2">
            <Button look="solid" isOff={accept.isPending} onClick={() => accept.mutate({ workspaceId, digest })}>
              {accept.isPending ? 'Accepting' : `Accept ${scripts.length === 1 ? 'this script' : `these ${scripts.length} scripts`}`}
            </Button>
            <p className="mt-1 text-sm text-fg2">They replace all that were accepted from the file before. A later change of the file is not accepted with them.</p>
          </div>
        )}
      </div>
    </div>
  )
}

function titleOf({ state, scripts }: ScriptProposal): string {
  const count = plural(scripts.length, 'script')
  if (state === 'accepted') return scripts.length === 1 ? 'The repository’s script is accepted' : `The repository’s ${count} are accepted`
  if (state === 'unusable') return 'The repository’s scripts cannot be used'
  return state === 'changed' ? `The repository now proposes ${count}` : `The repository proposes ${count}`
}

/** Every byte that would run. */
function ProposedList({ workspaceId, scripts }: { workspaceId: string; scripts: readonly ProposedScript[] }) {
  const known = useQuery(scriptsQuery(workspaceId)).data?.scripts ?? []
  return (
    <ul aria-label="Proposed scripts" className="mt-2 flex flex-col gap-3">
      {scripts.map((script) => {
        const before = known.find(({ kind, name, isProposed }) => isProposed && kind === script.kind && name === script.name)
        const word = before === undefined ? 'new' : before.command === script.command ? 'as accepted' : 'changed'
        return (
          <li key={`${script.kind}/${script.name}`}>
            <p>
              {kindTexts[script.kind].word} <span className="font-medium">{visibleName(script.name)}</span>
              <span className="text-sm text-fg2">
                , {word}
                {script.timeoutSeconds !== undefined && script.timeoutSeconds > 0 && `, ${timeText(script.timeoutSeconds)}`}
              </span>
            </p>
            <pre className="mt-1 border-l border-line2 pl-3 font-mono text-sm leading-5 break-words whitespace-pre-wrap text-fg0">{visible(script.command)}</pre>
          </li>
        )
      })}
    </ul>
  )
}
