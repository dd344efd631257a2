import { createRootRoute, createRoute, createRouter, lazyRouteComponent, notFound, redirect } from '@tanstack/react-router'
import { Frame } from '~/app/Frame'
import { HomeRoute } from '~/app/pages/HomeRoute'
import { reportMissing } from '~/api/page-version'
import { NotFound, RouteError } from '~/app/RouteError'
import * as search from '~/app/search'

/** A page in a chunk of its own. The router reloads everything when one is missing, unless it is said in other words. */
const lazyPage: typeof lazyRouteComponent = (load, name) => lazyRouteComponent(() => load().catch(reportMissing), name)

/** An address that was truncated or mistyped holds no valid id. */
function checkIds(params: object) {
  const ids: unknown[] = Object.values(params)
  if (!ids.every((id) => /^[a-z]+_[0-9a-z]{26}$/.test(String(id)))) throw notFound()
}

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound, errorComponent: RouteError })
const top = { getParentRoute: () => root } as const

const home = createRoute({ ...top, path: '/', validateSearch: search.home, component: HomeRoute })

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
  validateSearch: search.inbox,
  component: lazyPage(() => import('~/app/pages/InboxRoute'), 'InboxRoute'),
})

const board = createRoute({
  ...top,
  path: '/board',
  validateSearch: search.board,
  component: lazyPage(() => import('~/app/pages/BoardRoute'), 'BoardRoute'),
})

const landing = createRoute({
  ...top,
  path: '/landing',
  validateSearch: search.landing,
  component: lazyPage(() => import('~/app/pages/LandingRoute'), 'LandingRoute'),
})

const workspace = createRoute({
  ...top,
  path: '/w/$workspaceId',
  beforeLoad: ({ params }) => checkIds(params),
  validateSearch: search.board,
  component: lazyPage(() => import('~/app/pages/BoardRoute'), 'WorkspaceRoute'),
})

const agent = createRoute({
  ...top,
  path: '/w/$workspaceId/a/$agentId',
  beforeLoad: ({ params }) => checkIds(params),
  validateSearch: search.agent,
  component: lazyPage(() => import('~/app/pages/agent/AgentRoute'), 'AgentRoute'),
})

const review = createRoute({
  ...top,
  path: '/w/$workspaceId/review/$worktreeId',
  beforeLoad: ({ params }) => checkIds(params),
  validateSearch: search.diff,
  component: lazyPage(() => import('~/app/pages/ReviewRoute'), 'ReviewRoute'),
})

const terminals = createRoute({
  ...top,
  path: '/w/$workspaceId/terminals/$worktreeId',
  beforeLoad: ({ params }) => checkIds(params),
  validateSearch: search.terminals,
  component: lazyPage(() => import('~/app/TerminalsPage'), 'TerminalsPage'),
})

const workspaceSettings = createRoute({
  ...top,
  path: '/w/$workspaceId/settings',
  beforeLoad: ({ params }) => checkIds(params),
  component: lazyPage(() => import('~/features/workspace-settings/WorkspaceSettingsPage'), 'WorkspaceSettingsPage'),
})

const settings = createRoute({
  ...top,
  path: '/settings/$section',
  validateSearch: search.settings,
  component: lazyPage(() => import('~/features/settings/SettingsPage'), 'SettingsPage'),
})

const settingsStart = createRoute({
  ...top,
  path: '/settings',
  beforeLoad: () => {
    throw redirect({ to: '/settings/$section', params: { section: 'general' }, replace: true })
  },
})

const eyes = createRoute({
  ...top,
  path: '/eyes',
  component: lazyPage(() => import('~/features/eyes/EyesPage'), 'EyesPage'),
})

const eye = createRoute({
  ...top,
  path: '/eyes/$eyeId',
  beforeLoad: ({ params }) => checkIds(params),
  validateSearch: search.eye,
  component: lazyPage(() => import('~/features/eyes/EyePage'), 'EyePage'),
})

const doctor = createRoute({
  ...top,
  path: '/doctor',
  component: lazyPage(() => import('~/features/doctor/DoctorPage'), 'DoctorPage'),
})

const usage = createRoute({
  ...top,
  path: '/usage',
  validateSearch: search.usage,
  component: lazyPage(() => import('~/features/usage/UsagePage'), 'UsagePage'),
})

const recovery = createRoute({
  ...top,
  path: '/recovery',
  validateSearch: search.recovery,
  component: lazyPage(() => import('~/features/recovery/RecoveryPage'), 'RecoveryPage'),
})

const welcome = createRoute({
  ...top,
  path: '/welcome',
  validateSearch: search.welcome,
  component: lazyPage(() => import('~/features/welcome/WelcomePage'), 'WelcomePage'),
})

/** For those who write the page: nothing leads there. */
const components = createRoute({
  ...top,
  path: '/_components',
  component: lazyPage(() => import('~/app/pages/components/ComponentsPage'), 'ComponentsPage'),
})

const pages = [
  home,
  signIn,
  inbox,
  board,
  landing,
  workspace,
  agent,
  review,
  terminals,
  workspaceSettings,
  settings,
  settingsStart,
  eyes,
  eye,
  doctor,
  usage,
  recovery,
  welcome,
  components,
] as const

export const router = createRouter({
  routeTree: root.addChildren(pages),
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
