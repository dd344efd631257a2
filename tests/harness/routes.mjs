// Every address of the page, in the states that a page has: the one list of what is tried and photographed.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { checkout } from './program.mjs'

/** The patterns of web/src/app/router.tsx, as it writes them. */
export function builtPatterns() {
  const text = readFileSync(path.join(checkout, 'web/src/app/router.tsx'), 'utf8')
  return [...text.matchAll(/\bpath: '([^']+)'/g)].map(([, pattern]) => pattern)
}

const noWorkspace = `ws_${'0'.repeat(26)}`
const agents = {
  backoff: 'Bound the retry backoff', seed: 'Sample accounts', pages: 'Cursor pagination for /entries', plan: 'Virtualise the holdings table',
  checksums: 'Checksum every WAL frame', partitions: /^Backfill/, keys: 'Idempotency keys on POST /entries', failed: 'Reload certificates without restart',
  stopped: 'Colours from tokens', later: 'Write the release notes', survey: 'Menus by keyboard',
}
const panes = { diff: 'keys', files: 'keys', terminal: 'checksums', plan: 'checksums', usage: 'keys' }
const sections = ['general', 'agents', 'approvals', 'limits', 'notifications', 'storage', 'appearance', 'eyes', 'shortcuts', 'advanced', 'about']
const ofAgent = '/w/$workspaceId/a/$agentId'

/** {name, pattern, place}: `place` gives the address, with the ids of a home (home.mjs) if it takes one. `heading` is what its first heading says. */
export const visits = [
  { name: 'home', pattern: '/', place: () => '/', heading: /needs? you/ },
  { name: 'welcome', pattern: '/welcome', place: () => '/welcome' },
  { name: 'inbox', pattern: '/inbox', place: () => '/inbox' },
  { name: 'board', pattern: '/board', place: () => '/board' },
  { name: 'landing', pattern: '/landing', place: () => '/landing' },
  { name: 'recovery', pattern: '/recovery', place: () => '/recovery' },
  { name: 'eyes', pattern: '/eyes', place: () => '/eyes' },
  { name: 'eye', pattern: '/eyes/$eyeId', place: (home) => home.placeOf('eye'), heading: 'Test pattern' },
  { name: 'eye with recordings', pattern: '/eyes/$eyeId', place: (home) => `${home.placeOf('eye')}?pane=recordings`, heading: 'Test pattern' },
  { name: 'eye with its setup', pattern: '/eyes/$eyeId', place: (home) => `${home.placeOf('eye')}?pane=setup`, heading: 'Test pattern' },
  { name: 'no such eye', pattern: '/eyes/$eyeId', place: () => `/eyes/eye_${'0'.repeat(26)}` },
  { name: 'usage', pattern: '/usage', place: () => '/usage' },
  { name: 'doctor', pattern: '/doctor', place: () => '/doctor' },
  ...sections.map((section) => ({ name: `settings ${section}`, pattern: '/settings/$section', place: () => `/settings/${section}` })),
  { name: 'components', pattern: '/_components', place: () => '/_components' },
  { name: 'workspace', pattern: '/w/$workspaceId', place: (home) => home.placeOf('workspace'), heading: 'ledger-api' },
  { name: 'workspace settings', pattern: '/w/$workspaceId/settings', place: (home) => home.placeOf('workspace settings') },
  { name: 'no such workspace', pattern: '/w/$workspaceId', place: () => `/w/${noWorkspace}` },
  { name: 'review', pattern: '/w/$workspaceId/review/$worktreeId', place: (home) => home.placeOf('review'), heading: /idempotency-keys/ },
  { name: 'terminals', pattern: '/w/$workspaceId/terminals/$worktreeId', place: (home) => home.placeOf('terminals'), heading: 'Terminals' },
  ...Object.entries(agents).map(([key, heading]) => ({ name: `agent ${key}`, pattern: ofAgent, place: (home) => home.placeOf(`agent ${key}`), heading })),
  ...Object.entries(panes).map(([pane, key]) => ({ name: `agent with ${pane}`, pattern: ofAgent, place: (home) => `${home.placeOf(`agent ${key}`)}?pane=${pane}`, heading: agents[key] })),
  { name: 'no such address', pattern: '/', place: () => '/no/such/address' },
]

/** Addresses that only lead to another one. */
const LEADING = ['/signin', '/settings']

/** What can be visited in this build, and the patterns that nothing visits, of which there should be none. */
export function builtVisits() {
  const patterns = new Set(builtPatterns())
  const isVisited = (pattern) => LEADING.includes(pattern) || visits.some((visit) => visit.pattern === pattern)
  return { visits: visits.filter(({ pattern }) => patterns.has(pattern)), unvisited: [...patterns].filter((pattern) => !isVisited(pattern)) }
}

export const themes = ['dark', 'light']
export const sizes = {
  wide: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
}

/** The page has a heading, and what it asked for has come. */
export async function settle(page, heading = /\S/) {
  await page.getByRole('heading', { level: 1, name: heading }).first().waitFor()
  await page.waitForLoadState('networkidle')
}
