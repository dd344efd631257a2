import { getRouteApi } from '@tanstack/react-router'
import { startAgent, startAgentWith } from '~/app/overlays'
import { HomePage } from '~/features/home/HomePage'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'

const route = getRouteApi('/')

const Clones = lazyPart(async () => (await import('~/features/welcome/Clones')).Clones)

const GoneWorkspaces = lazyPart(async () => (await import('~/features/board/Gone')).GoneWorkspaces)

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
