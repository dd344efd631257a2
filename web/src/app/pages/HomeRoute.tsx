import { startAgent } from '~/app/overlays'
import { HomePage } from '~/features/home/HomePage'

export function HomeRoute() {
  return <HomePage onStart={startAgent} />
}
