import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useIsDemoPath } from '~/api/demo'
import { clisQuery, isReady } from '~/api/doctor'
import type { CliInstall, Workspace } from '~/api/generated'
import { systemQuery } from '~/api/queries'
import { useAct } from '~/api/use-act'
import { Step } from '~/features/welcome/Step'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Command } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Skeleton } from '~/ui/Skeleton'
import { StatusGlyph } from '~/ui/Status'

type CliStepProps = { hasCli: boolean; isNow: boolean; chosen: Workspace | undefined }

/** The CLIs that Muster can run, and beside them the demo, for which nobody has to sign in, until it is what was chosen. */
export function CliStep({ hasCli, isNow, chosen }: CliStepProps) {
  const isDemo = useIsDemoPath(chosen?.path)
  const clis = useQuery(clisQuery())
  const ready = clis.data?.clis.filter((cli) => isReady(cli, false)) ?? []
  return (
    <Step
      title="An agent CLI"
      state={hasCli ? 'done' : isNow ? 'now' : 'later'}
      note={hasCli ? `${ready.map(nameOf).join(', ')}.` : 'Muster runs the CLI that you sign in to; it has no account of its own.'}
    >
      {clis.error && <ErrorNote title="The CLIs could not be looked for" error={clis.error} onRetry={() => void clis.refetch()} />}
      {clis.isPending && <Skeleton label="Looking for the CLIs" rows={2} />}
      {!hasCli && clis.data && (
        <ul aria-label="Agent CLIs" className="mt-2">
          {clis.data.clis.map((cli) => (
            <Missing key={cli.adapter} cli={cli} />
          ))}
        </ul>
      )}
      {!isDemo && <Demo />}
    </Step>
  )
}

const nameOf = ({ name, version, reportsNoVersion = false }: CliInstall) =>
  visibleName(version === undefined ? (reportsNoVersion ? `${name} (reports no version: it may be another program)` : name) : `${name} ${version}`)

function Missing({ cli: { name, found, notExecutable, installCommand, loginCommand } }: { cli: CliInstall }) {
  const [word, command] = found ? ['Not signed in', loginCommand] : [notExecutable === undefined ? 'Not installed' : 'Not executable', installCommand]
  return (
    <li className="grid min-h-8 grid-cols-[28px_minmax(0,1fr)_auto] items-center gap-y-1 py-1 max-sm:grid-cols-[28px_minmax(0,1fr)]">
      <StatusGlyph look={found ? 'offline' : 'idle'} word={word} />
      <span>
        {visibleName(name)} <span className="text-sm text-fg2">{word.toLowerCase()}</span>
      </span>
      <span className="min-w-0 max-sm:col-start-2">
        <Command text={visibleName(command)} />
      </span>
    </li>
  )
}

/** The main job with a scripted model: no account, no cost. */
function Demo() {
  const system = useQuery(systemQuery()).data
  const navigate = useNavigate()
  const demo = useAct('start_demo', ({ workspace }) => void navigate({ to: '/welcome', search: { w: workspace.id } }))
  if (!system || system.isDemo) return null
  if (!system.claude.demoFound) return <p className="mt-2 text-sm text-fg2">The demo needs Claude Code, too, but nobody has to sign in for it.</p>
  return (
    <div className="mt-2">
      <div className="flex flex-wrap items-center gap-3">
        <Button icon="play" isOff={demo.isPending} onClick={() => demo.mutate({})}>
          {demo.isPending ? 'Preparing the demo' : 'Try the demo'}
        </Button>
        <span className="text-sm text-fg2">A scripted model in a sample repository: no account, no cost.</span>
      </div>
      {demo.error && <ErrorNote title="The demo could not start" error={demo.error} />}
    </div>
  )
}
