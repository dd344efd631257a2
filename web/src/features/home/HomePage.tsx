import { useQuery } from '@tanstack/react-query'
import { groupsOf, isReady, isToReview } from '~/api/groups'
import { overviewQuery } from '~/api/overview'
import { presence } from '~/api/presence'
import { useSeen } from '~/api/seen'
import type { Figure } from '~/features/home/away'
import { AtWork } from '~/features/home/AtWork'
import { Needs } from '~/features/home/Needs'
import { useStore } from '~/lib/store'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'
import { useTitle } from '~/ui/PageHead'
import { Skeleton } from '~/ui/Skeleton'

const Away = lazyPart(async () => (await import('~/features/home/Away')).Away)
const FirstSteps = lazyPart(async () => (await import('~/features/home/FirstSteps')).FirstSteps)
/** Beside what needs somebody, in a column that is kept for it. */
const Rail = lazyPart(async () => (await import('~/features/home/Rail')).Rail)

type Starts = { onStart: () => void; onStartWith: (prompt: string) => void }
type HomePageProps = Starts & {
  /** Of what happened meanwhile: those who took part in this figure. */
  away: Figure | undefined
  /** What is being cloned. */
  clones: React.ReactNode
}

/** The title is the answer: who needs me, who works, what can be landed. Then the asks, what happened, and what goes on. */
export function HomePage({ away, clones, onStart, onStartWith }: HomePageProps) {
  useTitle('Home')
  const { data, error, refetch } = useQuery(overviewQuery())
  const { isSeen } = useSeen()
  const awayFrom = useStore(presence)?.awayFrom
  if (error && !data)
    return (
      <Frame>
        <Head title="Home" />
        <ErrorNote title="Home could not be read" error={error} onRetry={() => void refetch()} />
      </Frame>
    )
  if (!data)
    return (
      <Frame>
        <Head title="Home" />
        <Skeleton label="Reading your agents" rows={8} />
      </Frame>
    )
  const { needs, working } = groupsOf(data, isSeen)
  const ready = data.worktrees.filter((worktree) => isReady(worktree, data.agents))
  const review = data.worktrees.filter((worktree) => isToReview(worktree, data.agents))
  return (
    <Frame>
      <Head title={<Summary needs={needs.length} working={working.length} review={review.length} ready={ready.length} />}>
        <Button look={data.workspaces.length === 0 ? 'plain' : 'solid'} icon="plus" keys="N" onClick={onStart}>
          New agent
        </Button>
      </Head>
      <div className="flex min-w-0 flex-col gap-5">
        {error && <ErrorNote title="Home cannot be followed" error={error} onRetry={() => void refetch()} />}
        {clones}
        {data.agents.length === 0 && (
          <LazyPart>
            <FirstSteps hasWorkspace={data.workspaces.length > 0} onStart={onStart} onStartWith={onStartWith} />
          </LazyPart>
        )}
        {needs.length > 0 && <Needs agents={needs} all={data} />}
        {awayFrom !== undefined && (
          <LazyPart>
            <Away from={awayFrom} all={data} figure={away} />
          </LazyPart>
        )}
        {working.length > 0 && <AtWork agents={working} all={data} />}
      </div>
      <LazyPart fallback={<div />}>
        <Rail all={data} review={review} ready={ready} />
      </LazyPart>
    </Frame>
  )
}

function Frame({ children }: { children: React.ReactNode }) {
  return (
    <main id="content" tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto outline-none">
      <div className="grid max-w-[1280px] grid-cols-[minmax(0,1fr)_272px] gap-x-10 px-8 pt-5 pb-10 max-md:grid-cols-[minmax(0,1fr)] max-sm:px-4">{children}</div>
    </main>
  )
}

function Head({ title, children }: { title: React.ReactNode; children?: React.ReactNode }) {
  return (
    <div className="col-span-full mb-2 flex min-h-9 items-center gap-3">
      <h1 className="text-xl font-semibold tracking-[-0.016em]">{title}</h1>
      <span className="ml-auto">{children}</span>
    </div>
  )
}

function Summary({ needs, working, review, ready }: Record<'needs' | 'working' | 'review' | 'ready', number>) {
  const first = needs > 0 ? `${needs} ${needs === 1 ? 'needs' : 'need'} you` : 'Nothing needs you'
  const rest = [working > 0 && `${working} at work`, review > 0 && `${review} to review`, ready > 0 && `${ready} to land`].filter(Boolean).join(', ')
  return (
    <>
      {first}
      {rest && <span className="font-normal text-fg2">, {rest}</span>}
    </>
  )
}
