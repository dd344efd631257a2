import type { AgentOverview, Ask } from '~/api/generated'
import { plural } from '~/lib/format'
import { lookOf, reasonText } from '~/lib/status'
import { visible, visibleName } from '~/lib/visible'

export const kinds = ['asks', 'failures', 'finished'] as const
export type Kind = (typeof kinds)[number]

/** One thing that a person may want to hear of. It is over when its id is no longer among what is so now. */
export type News = { id: string; kind: Kind; agentId: string; workspaceId: string; name: string; text: string }

const turnEnds: ReadonlySet<string> = new Set(['turn_done', 'exited'])

function kindOf({ statusReason }: AgentOverview): Kind | undefined {
  if (lookOf(statusReason) === 'error') return 'failures'
  return turnEnds.has(statusReason) ? 'finished' : undefined
}

function ofAgent(agent: AgentOverview): News[] {
  const kind = kindOf(agent)
  if (!kind) return []
  const { id, workspaceId, name, statusReason, statusSince = '' } = agent
  const text = kind === 'failures' ? reasonText(agent) : (agent.lastLine ?? '')
  return [{ id: `${id} ${statusReason} ${statusSince}`, kind, agentId: id, workspaceId, name, text }]
}

function ofAsk(ask: Ask, agents: ReadonlyMap<string, AgentOverview>): News[] {
  const agent = agents.get(ask.subjectId)
  if (!agent) return []
  return [{ id: ask.id, kind: 'asks', agentId: agent.id, workspaceId: agent.workspaceId, name: agent.name, text: ask.title ?? ask.tool }]
}

/** Everything that is so now and could be reported. */
export function newsOf(agents: readonly AgentOverview[], asks: readonly Ask[]): readonly News[] {
  const byId = new Map(agents.map((agent) => [agent.id, agent]))
  return [...asks.flatMap((ask) => ofAsk(ask, byId)), ...agents.flatMap(ofAgent)]
}

/** A page on screen, and whose news it shows: every agent's, one workspace's, or one agent's. */
export function shownAt(pathname: string): string {
  if (['/', '/inbox', '/board'].includes(pathname)) return 'all'
  return /^\/w\/[^/]+\/a\/([^/]+)$/.exec(pathname)?.[1] ?? /^\/w\/([^/]+)$/.exec(pathname)?.[1] ?? 'none'
}

export const isShown = ({ agentId, workspaceId }: News, shown: ReadonlySet<string>) => shown.has('all') || shown.has(agentId) || shown.has(workspaceId)

const mostLines = 5
const mostText = 160

const cut = (text: string) => (text.length > mostText ? `${text.slice(0, mostText - 1)}…` : text)

const titles: Record<Kind, { one: (name: string) => string; more: (count: number) => string }> = {
  asks: { one: (name) => `${name} needs you`, more: (count) => `${plural(count, 'ask')} wait for you` },
  failures: { one: (name) => `${name} failed`, more: (count) => `${plural(count, 'agent')} failed` },
  finished: { one: (name) => `${name} has finished its turn`, more: (count) => `${plural(count, 'agent')} have finished their turns` },
}

/** One notification for all of a kind: its words in full, or a line for each. */
export function wordsOf(kind: Kind, news: readonly News[]): { title: string; body: string } {
  const [first] = news
  if (first && news.length === 1) return { title: titles[kind].one(visibleName(first.name)), body: cut(visible(first.text)) }
  const lines = news.slice(0, mostLines).map(({ name, text }) => cut(`${visibleName(name)}${text === '' ? '' : `: ${visible(text)}`}`))
  const rest = news.length - lines.length
  return { title: titles[kind].more(news.length), body: [...lines, ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n') }
}
