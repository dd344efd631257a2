import { getRouteApi } from '@tanstack/react-router'
import { SelectedAgents } from '~/app/pages/SelectedAgents'
import { InboxPage, type InboxView } from '~/features/ask/InboxPage'

const api = getRouteApi('/inbox')

export function InboxRoute() {
  const { ask, tab = 'open' } = api.useSearch()
  const navigate = api.useNavigate()
  const show = ({ ask: chosen, tab: next }: InboxView, isStep: boolean) =>
    void navigate({ search: { ...(chosen !== undefined && { ask: chosen }), ...(next !== 'open' && { tab: next }) }, replace: !isStep })
  return <InboxPage shown={{ ask, tab }} onShow={show} acts={SelectedAgents} />
}
