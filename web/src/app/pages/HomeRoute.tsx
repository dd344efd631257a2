import { getRouteApi } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useClones } from '~/api/clones'
import { startAgent, startAgentWith } from '~/app/overlays'
import { HomePage } from '~/features/home/HomePage'

const route = getRouteApi('/')

const Clones = lazy(async () => ({ default: (await import('~/features/welcome/Clones')).Clones }))

export function HomeRoute() {
  const { away } = route.useSearch()
  return <HomePage away={away} clones={<ClonesIfAny />} onStart={startAgent} onStartWith={startAgentWith} />
}

function ClonesIfAny() {
  if (useClones().length === 0) return null
  return (
    <Suspense>
      <div>
        <Clones />
      </div>
    </Suspense>
  )
}
