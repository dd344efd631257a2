import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lazy } from 'react'
import { groupsOf, isReady, isToReview } from '~/api/groups'
import { overviewQuery } from '~/api/overview'
import { systemQuery } from '~/api/queries'
import { presence } from '~/api/presence'
import { useSeen } from '~/api/seen'
import type { Figure } from '~/features/home/away'
import { AtWork } from '~/features/home/AtWork'
import { Needs } from '~/features/home/Needs'
import { useStore } from '~/lib/store'
import { Button, linkLook } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { LazyPart } from '~/ui/LazyPart'
import { useTitle } from '~/ui/PageHead'
import { Section } from '~/ui/Section'
import { Skeleton } from '~/ui/Skeleton'

const Away = lazy(async () => ({ default: (await import('~/features/home/Away')).Away }))
/** Beside what needs somebody, in a column that is kept for it. */
const Rail = lazy(async () => ({ default: (await import('~/features/home/Rail')).Rail }))

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
        {data.workspaces.length === 0 && <NoWorkspace />}
        {data.workspaces.length > 0 && data.agents.length === 0 && <NoAgent onStart={onStart} onStartWith={onStartWith} />}
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
  const rest = [working > 0 && `${working} at work`, review > 0 && `${review} to review`, ready > 0 && `${ready} ready to land`].filter(Boolean).join(', ')
  return (
    <>
      {first}
      {rest && <span className="font-normal text-fg2">, {rest}</span>}
    </>
  )
}

function NoWorkspace() {
  const canTry = useQuery(systemQuery()).data?.claude.demoFound === true
  return (
    <Empty
      title="No repository yet"
      text={canTry ? 'Open one, or look at the demo first; it costs nothing.' : 'Opening one changes nothing in it.'}
      action={
        <Link to="/welcome" className={linkLook('solid')}>
          {canTry ? 'Open a repository or try the demo' : 'Open a repository'}
        </Link>
      }
      command="workspace open ~/src/project"
    />
  )
}

const demoTask = 'Teach greet.sh a second language'

const demoSteps = [
  { title: 'Give an agent a task.', text: 'Any text will do: the answer is scripted.' },
  { title: 'Answer what it asks.', text: 'It asks before it changes a file. Nothing happens until you allow it.' },
  { title: 'Read the diff.', text: 'It shows every change, before you keep it.' },
] as const

function NoAgent({ onStart, onStartWith }: Starts) {
  const isDemo = useQuery(systemQuery()).data?.isDemo === true
  if (!isDemo)
    return (
      <Empty
        title="No agent yet"
        text="An agent works in a worktree of its own, so your files stay as they are until you land its work."
        action={
          <Button icon="plus" onClick={onStart}>
            Start an agent
          </Button>
        }
      />
    )
  return (
    <Section title="Try this first">
      <ol className="max-w-[720px] list-inside list-decimal py-1 marker:text-fg2">
        {demoSteps.map(({ title, text }) => (
          <li key={title} className="py-0.5">
            <strong className="font-medium">{title}</strong> <span className="text-fg1">{text}</span>
          </li>
        ))}
      </ol>
      <div className="mt-2">
        <Button icon="play" onClick={() => onStartWith(demoTask)}>
          Start: “{demoTask}”
        </Button>
      </div>
    </Section>
  )
}
