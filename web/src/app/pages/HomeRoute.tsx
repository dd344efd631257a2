import { startAgent, startAgentWith } from '~/app/overlays'
import { HomePage } from '~/features/home/HomePage'

export function HomeRoute() {
  return <HomePage onStart={startAgent} onStartWith={startAgentWith} />
}
