import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { clisQuery, isReady } from '~/api/doctor'
import type { Workspace } from '~/api/generated'
import { workspacesQuery } from '~/api/workspace-queries'
import { ChecksStep } from '~/features/welcome/ChecksStep'
import { CliStep } from '~/features/welcome/CliStep'
import { FirstAgent } from '~/features/welcome/FirstAgent'
import { OpenRepository } from '~/features/welcome/OpenRepository'
import { Step } from '~/features/welcome/Step'
import { distinctName } from '~/lib/distinct-name'
import { visibleName } from '~/lib/visible'
import { ErrorNote } from '~/ui/ErrorNote'
import { Main, Scroll } from '~/ui/Main'
import { Skeleton } from '~/ui/Skeleton'

const route = getRouteApi('/welcome')

/** From nothing to the first agent: checks, a CLI, a repository, a prompt. */
export function WelcomePage() {
  const { w } = route.useSearch()
  const navigate = route.useNavigate()
  const clis = useQuery(clisQuery())
  const workspaces = useQuery(workspacesQuery())
  const open = workspaces.data?.workspaces ?? []
  const chosen = open.find(({ id }) => id === w)
  const hasCli = clis.data?.clis.some((cli) => isReady(cli, false)) === true
  const show = (workspaceId: string) => void navigate({ search: { w: workspaceId } })
  return (
    <Main title="Welcome">
      <Scroll>
        <div className="max-w-[720px]">
          <h1 className="text-xl font-semibold tracking-[-0.016em]">From here to your first agent</h1>
          <p className="mt-1 mb-4 text-md text-fg1">
            Muster runs the agent CLIs that you already use and keeps what they do: you watch, answer and land. Agents work side by side, each in a worktree of its own or in
            your checkout, whichever you choose. Muster has no account, and no server elsewhere.
          </p>
          <ol>
            <ChecksStep />
            <CliStep hasCli={hasCli} isNow={!chosen} chosen={chosen} />
            <RepositoryStep open={open} chosen={chosen} isNow={!chosen && (hasCli || clis.isError)} onChosen={show} />
            {chosen ? <FirstAgent workspace={chosen} /> : <Step title="The first agent" state="later" note="It starts with your words." />}
          </ol>
          {workspaces.isPending && <Skeleton label="Reading the workspaces" rows={2} />}
          {workspaces.error && <ErrorNote title="The workspaces could not be read" error={workspaces.error} onRetry={() => void workspaces.refetch()} />}
        </div>
      </Scroll>
    </Main>
  )
}

type RepositoryStepProps = { open: readonly Workspace[]; chosen: Workspace | undefined; isNow: boolean; onChosen: (workspaceId: string) => void }

const mostListed = 5

function RepositoryStep({ open, chosen, isNow, onChosen }: RepositoryStepProps) {
  if (chosen)
    return (
      <Step
        title="A repository"
        state="done"
        note={
          <>
            {visibleName(chosen.name)}, <span className="font-mono [overflow-wrap:anywhere]">{visibleName(chosen.path)}</span>
          </>
        }
      />
    )
  return (
    <Step title="A repository" state={isNow ? 'now' : 'later'} note="Opening it changes nothing in it.">
      {open.length > 0 && (
        <p className="mt-2 flex flex-wrap items-center gap-x-3 text-fg1">
          Open already:
          {open.slice(0, mostListed).map((one) => (
            <button key={one.id} type="button" onClick={() => onChosen(one.id)} className="touch min-h-6 font-medium hover:underline">
              {visibleName(distinctName(one, open))}
            </button>
          ))}
        </p>
      )}
      <OpenRepository onOpened={onChosen} />
    </Step>
  )
}
