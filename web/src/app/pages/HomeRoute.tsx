import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { clonesQuery } from '~/api/clones'
import { startAgent, startAgentWith } from '~/app/overlays'
import { HomePage } from '~/features/home/HomePage'

const route = getRouteApi('/')

const Clones = lazy(async () => ({ default: (await import('~/features/welcome/Clones')).Clones }))

export function HomeRoute() {
  const { away } = route.useSearch()
  return <HomePage away={away} clones={<ClonesIfAny />} onStart={startAgent} onStartWith={startAgentWith} />
}

function ClonesIfAny() {
  const clones = useQuery(clonesQuery()).data?.clones ?? []
  if (clones.length === 0) return null
  return (
    <Suspense>
      <div>
        <Clones />
      </div>
    </Suspense>
  )
}
