import { getRouteApi } from '@tanstack/react-router'
import { lazy } from 'react'
import { startAgent, startAgentWith } from '~/app/overlays'
import { HomePage } from '~/features/home/HomePage'
import { LazyPart } from '~/ui/LazyPart'

const route = getRouteApi('/')

const Clones = lazy(async () => ({ default: (await import('~/features/welcome/Clones')).Clones }))

const GoneWorkspaces = lazy(async () => ({ default: (await import('~/features/board/Gone')).GoneWorkspaces }))

const clones = (
  <LazyPart>
    <div className="empty:hidden">
      <GoneWorkspaces />
    </div>
    <div className="empty:hidden">
      <Clones />
    </div>
  </LazyPart>
)

export function HomeRoute() {
  const { away } = route.useSearch()
  return <HomePage away={away} clones={clones} onStart={startAgent} onStartWith={startAgentWith} />
}
