import { createRootRoute, createRoute, createRouter, lazyRouteComponent, notFound, redirect } from '@tanstack/react-router'
import { Frame } from '~/app/Frame'
import { HomeRoute } from '~/app/pages/HomeRoute'
import { NotFound, RouteError } from '~/app/RouteError'
import * as search from '~/app/search'
import { readInboxSearch } from '~/features/ask/search'

/** An address that was truncated or mistyped holds no valid id. */
function checkIds(params: object) {
  const ids: unknown[] = Object.values(params)
  if (!ids.every((id) => /^[a-z]+_[0-9a-z]{26}$/.test(String(id)))) throw notFound()
}

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound, errorComponent: RouteError })
const top = { getParentRoute: () => root } as const

const home = createRoute({ ...top, path: '/', component: HomeRoute })

/** The target of start links. Their code is redeemed before anything is shown, so the page has a token here. */
const signIn = createRoute({
  ...top,
  path: '/signin',
  beforeLoad: () => {
    throw redirect({ to: '/', replace: true })
  },
})

const inbox = createRoute({
  ...top,
  path: '/inbox',
  validateSearch: readInboxSearch,
  component: lazyRouteComponent(() => import('~/features/ask/InboxPage'), 'InboxPage'),
})

const board = createRoute({
  ...top,
  path: '/board',
  validateSearch: search.board,
  component: lazyRouteComponent(() => import('~/app/pages/BoardRoute'), 'BoardRoute'),
})

const workspace = createRoute({
  ...top,
  path: '/w/$workspaceId',
  beforeLoad: ({ params }) => checkIds(params),
  validateSearch: search.board,
  component: lazyRouteComponent(() => import('~/app/pages/BoardRoute'), 'WorkspaceRoute'),
})

const agent = createRoute({
  ...top,
  path: '/w/$workspaceId/a/$agentId',
  beforeLoad: ({ params }) => checkIds(params),
  validateSearch: search.agent,
  component: lazyRouteComponent(() => import('~/features/agent/AgentPage'), 'AgentPage'),
})

const landing = createRoute({
  ...top,
  path: '/landing',
  validateSearch: search.landing,
  component: lazyRouteComponent(() => import('~/app/pages/LandingRoute'), 'LandingRoute'),
})

const diff = createRoute({
  ...top,
  path: '/w/$workspaceId/diff/$worktreeId',
  beforeLoad: ({ params }) => checkIds(params),
  component: lazyRouteComponent(() => import('~/features/diff/DiffPage'), 'DiffPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([home, signIn, inbox, board, workspace, agent, landing, diff]),
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
