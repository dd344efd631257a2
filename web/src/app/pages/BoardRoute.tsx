import { getRouteApi } from '@tanstack/react-router'
import { startAgent, startAgentIn } from '~/app/overlays'
import type { BoardSearch } from '~/app/search'
import { BoardPage, type BoardView } from '~/features/board/BoardPage'

const boardApi = getRouteApi('/board')
const workspaceApi = getRouteApi('/w/$workspaceId')

const standard: BoardView = { sort: 'needs', view: 'board', filter: '' }

function viewOf({ sort, view, filter }: BoardSearch): BoardView {
  return { sort: sort ?? standard.sort, view: view ?? standard.view, filter: filter ?? standard.filter }
}

/** What differs from the standard is in the address. */
function searchOf({ sort, view, filter }: BoardView): BoardSearch {
  return { ...(sort !== standard.sort && { sort }), ...(view !== standard.view && { view }), ...(filter !== '' && { filter }) }
}

export function BoardRoute() {
  const shown = viewOf(boardApi.useSearch())
  const navigate = boardApi.useNavigate()
  return (
    <BoardPage shown={shown} onShow={(change) => void navigate({ search: searchOf({ ...shown, ...change }), replace: true })} onStart={startAgent} onStartIn={startAgentIn} />
  )
}

export function WorkspaceRoute() {
  const { workspaceId } = workspaceApi.useParams()
  const shown = viewOf(workspaceApi.useSearch())
  const navigate = workspaceApi.useNavigate()
  return (
    <BoardPage
      workspaceId={workspaceId}
      shown={shown}
      onShow={(change) => void navigate({ search: searchOf({ ...shown, ...change }), replace: true })}
      onStart={startAgent}
      onStartIn={startAgentIn}
    />
  )
}
