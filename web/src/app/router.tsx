import { createRootRoute, createRoute, createRouter, lazyRouteComponent, notFound, redirect } from '@tanstack/react-router'
import { Frame } from '~/app/Frame'
import { NotFound, RouteError } from '~/app/RouteError'
import { HomePage } from '~/features/workspace/HomePage'

/** An address that was truncated or mistyped holds no valid id. */
function checkIds(params: object) {
  const ids: unknown[] = Object.values(params)
  if (!ids.every((id) => /^[a-z]+_[0-9a-z]{26}$/.test(String(id)))) throw notFound()
}

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound, errorComponent: RouteError })

const home = createRoute({ getParentRoute: () => root, path: '/', component: HomePage })

/** The target of start links. Their code is redeemed before anything is shown, so the page has a token here. */
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/signin',
  beforeLoad: () => {
    throw redirect({ to: '/', replace: true })
  },
})

const inbox = createRoute({
  getParentRoute: () => root,
  path: '/inbox',
  component: lazyRouteComponent(() => import('~/features/approval/InboxPage'), 'InboxPage'),
})

const workspace = createRoute({
  getParentRoute: () => root,
  path: '/w/$workspaceId',
  beforeLoad: ({ params }) => checkIds(params),
  component: lazyRouteComponent(() => import('~/features/workspace/WorkspacePage'), 'WorkspacePage'),
})

const agent = createRoute({
  getParentRoute: () => root,
  path: '/w/$workspaceId/a/$agentId',
  beforeLoad: ({ params }) => checkIds(params),
  component: lazyRouteComponent(() => import('~/features/agent/AgentPage'), 'AgentPage'),
})

const diff = createRoute({
  getParentRoute: () => root,
  path: '/w/$workspaceId/diff/$worktreeId',
  beforeLoad: ({ params }) => checkIds(params),
  component: lazyRouteComponent(() => import('~/features/diff/DiffPage'), 'DiffPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([home, signIn, inbox, workspace, agent, diff]),
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
