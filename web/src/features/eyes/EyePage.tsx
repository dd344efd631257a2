import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { isAlive } from '~/api/eye-list'
import { eyeQuery, gamesQuery, recordingsQuery } from '~/api/eye-queries'
import type { Eye, Game } from '~/api/generated'
import { CallError } from '~/api/wire'
import '~/features/eyes/eyes.css'
import { EyeActs } from '~/features/eyes/EyeActs'
import { EyeStatus } from '~/features/eyes/EyeStatus'
import { Health } from '~/features/eyes/Health'
import { createPlayer } from '~/features/eyes/player'
import { PlayBar } from '~/features/eyes/PlayBar'
import { RecordBar } from '~/features/eyes/RecordBar'
import { Recordings } from '~/features/eyes/Recordings'
import type { Screen } from '~/features/eyes/screen'
import { Setup } from '~/features/eyes/Setup'
import { Stage } from '~/features/eyes/Stage'
import { StepBar } from '~/features/eyes/StepBar'
import { Under } from '~/features/eyes/Under'
import { useScreen, useSeen, useShown } from '~/features/eyes/use-screen'
import { linkLook } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { Crumb, PageHead } from '~/ui/PageHead'
import { ErrorNote } from '~/ui/ErrorNote'
import { Main } from '~/ui/Main'
import { Skeleton } from '~/ui/Skeleton'
import { panelOf, Segments, Tabs } from '~/ui/Tabs'

const route = getRouteApi('/eyes/$eyeId')

/** One eye: what it shows now, a person's hands in it, its figures, and what was recorded of it. */
export function EyePage() {
  const { eyeId } = route.useParams()
  const { data, error, isPending, refetch } = useQuery(eyeQuery(eyeId))
  const screen = useScreen(eyeId)
  const seen = useSeen(screen)
  const isGone = seen.gone?.status === 404 || (error instanceof CallError && error.status === 404)
  const eye = isGone ? undefined : (seen.eye ?? data)
  const crumbs = (
    <Crumb>
      <Link to="/eyes">Eyes</Link>
    </Crumb>
  )
  if (eye)
    return (
      <Main title={eye.name}>
        <PageHead title={eye.name} crumbs={crumbs} mark={<EyeStatus eye={eye} />}>
          <EyeActs eye={eye} />
        </PageHead>
        <Body key={eye.id} eye={eye} screen={screen} />
      </Main>
    )
  return (
    <Main title="Eye">
      <PageHead title="Eye" crumbs={crumbs} />
      <div className="px-6 max-sm:px-4">
        {isGone && <Empty title="There is no such eye." text="It was deleted, or the address is wrong." action={<Link to="/eyes" className={linkLook('plain')}>All eyes</Link>} />}
        {error && !isGone && <ErrorNote title="The eye could not be read" error={error} onRetry={() => void refetch()} />}
        {isPending && !isGone && <Skeleton label="Reading the eye" />}
      </div>
    </Main>
  )
}

const looks = [
  { id: 'fit', label: 'Fit' },
  { id: 'exact', label: 'Pixel-perfect' },
] as const

function Body({ eye, screen }: { eye: Eye; screen: Screen }) {
  const shown = useShown(screen)
  const output = { width: shown?.width ?? eye.status?.width ?? eye.config.width, height: shown?.height ?? eye.status?.height ?? eye.config.height }
  const navigate = route.useNavigate()
  const isExact = route.useSearch().view === 'exact'
  const player = useMemo(() => createPlayer(screen), [screen])
  const games = useQuery(gamesQuery()).data?.games
  const game = games?.find(({ id }) => id === eye.gameId)
  return (
    <div className="eye-body flex min-h-0 flex-1">
      <section aria-label="Live view" className="eye-live min-w-0 flex-1 px-6 pt-3 pb-8 max-sm:px-4">
        <Stage screen={screen} eye={eye} output={output} isExact={isExact} player={player} />
        <Under screen={screen} eye={eye} player={player} />
        {isAlive(eye) && (
          <>
            <PlayBar screen={screen} eye={eye} player={player} keys={game?.manifest?.keys ?? []} />
            {eye.config.lockstep && <StepBar screen={screen} eye={eye} />}
            <RecordBar screen={screen} eye={eye} />
          </>
        )}
        <div className="flex flex-wrap items-center gap-3 py-2">
          <Segments label="How the picture is shown" tabs={looks} current={isExact ? 'exact' : 'fit'} onChange={(view) => void navigate({ search: (now) => ({ ...now, view }), replace: true })} />
        </div>
      </section>
      <Side screen={screen} eye={eye} game={game} />
    </div>
  )
}

const panel = 'of-eye'

function Side({ screen, eye, game }: { screen: Screen; eye: Eye; game: Game | undefined }) {
  const navigate = route.useNavigate()
  const { pane = 'health' } = route.useSearch()
  const count = useQuery(recordingsQuery(eye.id)).data?.recordings.length ?? 0
  const tabs = [
    { id: 'health', label: 'Health' },
    { id: 'recordings', label: 'Recordings', count: count > 0 ? count : undefined },
    { id: 'setup', label: 'Setup' },
  ] as const
  return (
    <aside aria-label="About this eye" className="eye-side">
      <div className="h-11 shrink-0 border-b border-line px-3">
        <Tabs label="About this eye" tabs={tabs} current={pane} panel={panel} onChange={(next) => void navigate({ search: (now) => ({ ...now, pane: next }), replace: true })} />
      </div>
      <div {...panelOf(panel, pane)} tabIndex={0} className="eye-pane px-5 pt-3 pb-8 -outline-offset-2 max-sm:px-4">
        {pane === 'health' && <Health eye={eye} />}
        {pane === 'recordings' && <Recordings screen={screen} eye={eye} />}
        {pane === 'setup' && <Setup eye={eye} game={game} />}
      </div>
    </aside>
  )
}
