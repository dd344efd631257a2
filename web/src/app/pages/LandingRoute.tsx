import { getRouteApi } from '@tanstack/react-router'
import { LandingPage } from '~/features/landing/LandingPage'

const api = getRouteApi('/landing')

export function LandingRoute() {
  const { w } = api.useSearch()
  const navigate = api.useNavigate()
  return <LandingPage workspaceId={w} onWorkspace={(workspaceId) => void navigate({ search: { w: workspaceId } })} />
}
