import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo, type ReactNode } from 'react'
import { eyeQuery, gamesQuery, isAlive } from '~/api/eye-queries'
import type { Eye } from '~/api/generated'
import { EyeActs } from '~/features/eyes/EyeActs'
import { EyeStatus } from '~/features/eyes/EyeStatus'
import { Health } from '~/features/eyes/Health'
import { createPlayer } from '~/features/eyes/player'
import { PlayBar } from '~/features/eyes/PlayBar'
import type { Screen } from '~/features/eyes/screen'
import { Stage } from '~/features/eyes/Stage'
import { StepBar } from '~/features/eyes/StepBar'
import { Under } from '~/features/eyes/Under'
import { useScreen, useSeen, useShown } from '~/features/eyes/use-screen'
import { Crumb, PageHead } from '~/ui/PageHead'
import { ErrorNote } from '~/ui/ErrorNote'
import { Main } from '~/ui/Main'
import { Skeleton } from '~/ui/Skeleton'
import { Segments } from '~/ui/Tabs'

const route = getRouteApi('/eyes/$eyeId')

/** One eye: what it shows now, a person's hands in it, its figures, and what was recorded of it. */
export function EyePage() {
  const { eyeId } = route.useParams()
  const { data, error, isPending, refetch } = useQuery(eyeQuery(eyeId))
  const screen = useScreen(eyeId)
  const seen = useSeen(screen)
  const eye = seen.eye ?? data
  return (
    <Main title={eye?.name ?? 'Eye'}>
      {eye ? (
        <PageHead title={eye.name} crumbs={<Crumb><Link to="/eyes">Eyes</Link></Crumb>} mark={<EyeStatus eye={eye} />}>
          <EyeActs eye={eye} />
        </PageHead>
      ) : (
        <PageHead title="Eye" crumbs={<Crumb><Link to="/eyes">Eyes</Link></Crumb>} />
      )}
      {error && !eye && (
        <div className="px-6">
          <ErrorNote title={error.message.includes('no eye') ? 'There is no such eye' : 'The eye could not be read'} error={error} onRetry={() => void refetch()} />
        </div>
      )}
      {isPending && !eye && (
        <div className="px-6">
          <Skeleton label="Reading the eye" />
        </div>
      )}
      {eye && <Body key={eye.id} eye={eye} screen={screen} />}
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
  const keys = games?.find(({ id }) => id === eye.gameId)?.manifest?.keys ?? []
  return (
    <div className="flex min-h-0 flex-1 max-lg:flex-col max-lg:overflow-y-auto">
      <section aria-label="Live view" className="min-w-0 flex-1 px-6 pt-3 pb-8 max-sm:px-4 lg:overflow-y-auto">
        <Stage screen={screen} eye={eye} output={output} isExact={isExact} player={player} />
        <Under screen={screen} eye={eye} player={player} />
        {isAlive(eye) && (
          <>
            <PlayBar screen={screen} eye={eye} player={player} keys={keys} />
            {eye.config.lockstep && <StepBar screen={screen} eye={eye} />}
          </>
        )}
        <div className="flex flex-wrap items-center gap-3 py-2">
          <Segments label="How the picture is shown" tabs={looks} current={isExact ? 'exact' : 'fit'} onChange={(view) => void navigate({ search: (now) => ({ ...now, view }), replace: true })} />
        </div>
      </section>
      <Side>
        <Health eye={eye} />
      </Side>
    </div>
  )
}

function Side({ children }: { children: ReactNode }) {
  return (
    <aside aria-label="About this eye" className="w-[400px] shrink-0 border-line px-5 py-3 max-lg:w-full max-lg:border-t max-lg:px-6 max-sm:px-4 lg:overflow-y-auto lg:border-l">
      {children}
    </aside>
  )
}
