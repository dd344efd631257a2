import { getRouteApi } from '@tanstack/react-router'
import { startAgent, startAgentWith } from '~/app/overlays'
import { HomePage } from '~/features/home/HomePage'

const route = getRouteApi('/')

export function HomeRoute() {
  const { away } = route.useSearch()
  return <HomePage away={away} onStart={startAgent} onStartWith={startAgentWith} />
}
