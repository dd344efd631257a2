import { useState } from 'react'
import type { ScriptProposal } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { useRuns, type Run, type RunScript } from '~/features/script/use-runs'
import { portLink, runText } from '~/features/script/words'
import { visibleName } from '~/lib/visible'
import { Age } from '~/ui/Age'
import { Button, IconButton } from '~/ui/Button'
import { Icon } from '~/ui/Icon'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'
import { Menu, type MenuItem } from '~/ui/Menu'
import { StatusGlyph } from '~/ui/Status'

const ProposalDialog = lazyPart(async () => (await import('~/features/script/ProposalDialog')).ProposalDialog)

export type RunMenuProps = {
  workspaceId: string
  worktreeId: string
  /** Shows the output of a run, in the pane of terminals. */
  onLog: (runId: string) => void
}

const mostPorts = 3

/** The run scripts of a workspace, in the head of a page about a worktree: start, elapsed time, ports, Stop, output. */
export function RunMenu({ workspaceId, worktreeId, onLog }: RunMenuProps) {
  const { rows, proposal, reread } = useRuns(workspaceId, worktreeId)
  const [isAsking, setAsking] = useState(false)
  const start = useAct('run_script', ({ id }) => id !== undefined && onLog(id), 'toasted')
  const stop = useAct('stop_script', undefined, 'toasted')
  if (rows.length === 0 && !proposal) return null
  const run = ({ script }: RunScript) => start.mutate({ workspaceId, worktreeId, scriptId: script.id })
  const running = rows.filter(({ last }) => last?.state === 'running')
  const only = rows.length === 1 && running.length === 0 && !proposal ? rows[0] : undefined
  const items = [
    ...rows.flatMap((row) => entriesOf(row, { run: () => run(row), stop: (runId) => stop.mutate({ runId }), log: onLog })),
    ...(proposal ? [...(rows.length > 0 ? (['line'] as const) : []), proposalEntry(proposal, () => setAsking(true))] : []),
  ]
  return (
    <div className="flex items-center gap-1">
      {running.map(({ script, last }) => last && <Running key={script.id} run={last} isStopping={stop.isPending} onStop={() => stop.mutate({ runId: last.id })} />)}
      {only ? (
        <Button look="quiet" icon="play" title={visibleName(only.script.command)} isOff={start.isPending} onClick={() => run(only)}>
          {visibleName(only.script.name)}
        </Button>
      ) : (
        <Menu label="Run scripts" items={items} text={<><Icon name="play" />{running.length === 0 && 'Run'}<Icon name="down" className="size-3!" /></>} />
      )}
      {only?.last && <IconButton icon="list" label={`Output of ${only.script.name}`} onClick={() => only.last && onLog(only.last.id)} />}
      {isAsking && proposal && (
        <LazyPart onFail={() => setAsking(false)}>
          <ProposalDialog workspaceId={workspaceId} proposal={proposal} onDone={reread} onClose={() => setAsking(false)} />
        </LazyPart>
      )}
    </div>
  )
}

function proposalEntry({ state, path, problem }: ScriptProposal, ask: () => void): MenuItem {
  if (state === 'unusable') return { label: `${path} cannot be used`, isOff: problem ?? 'It could not be read', run: () => {} }
  return { label: state === 'new' ? 'Scripts of this repository…' : 'Changed scripts…', hint: 'To be read and accepted first', run: ask }
}

type Acts = { run: () => void; stop: (runId: string) => void; log: (runId: string) => void }

function entriesOf({ script, last }: RunScript, { run, stop, log }: Acts): MenuItem[] {
  const isRunning = last?.state === 'running'
  return [
    { heading: script.name },
    isRunning ? { label: `Stop ${script.name}`, icon: 'stop', run: () => stop(last.id) } : { label: `Run ${script.name}`, icon: 'play', hint: script.command, run },
    ...(last ? [{ label: 'Output', hint: runText(last), icon: 'list' as const, run: () => log(last.id) }] : []),
  ]
}

/** A script at work: its name, since when, where it listens. */
function Running({ run, isStopping, onStop }: { run: Run; isStopping: boolean; onStop: () => void }) {
  return (
    <span className="flex items-center gap-2 text-sm">
      <StatusGlyph look="running" word="Running" />
      <span className="max-w-40 truncate font-medium max-md:sr-only">{visibleName(run.name)}</span>
      <Age at={run.startedAt} />
      {run.ports?.slice(0, mostPorts).map((port) => {
        const href = portLink(port, window.location.hostname)
        const title = `${port.program}, ${port.address}`
        return href === undefined ? (
          <span key={port.port} title={`${title}: ${port.isIsolated ? 'in a network of its own' : 'only on its own machine'}`} className="text-fg2">
            :{port.port}
          </span>
        ) : (
          <a key={port.port} href={href} target="_blank" rel="noreferrer" title={title} className="touch inline-flex h-6 items-center rounded-sm px-1 text-fg0 underline underline-offset-3 hover:bg-bg3">
            :{port.port}
          </a>
        )
      })}
      <IconButton isSmall icon="stop" label={`Stop ${run.name}`} disabled={isStopping} onClick={onStop} />
    </span>
  )
}
