import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { holdsQuery, intentsQuery } from '~/api/doctor'
import type { HoldFound } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import { allDoubtfulQuery, mostDoubtful, useSettled } from '~/api/unsent'
import { useNow } from '~/lib/clock'
import { formatWhen } from '~/lib/dates'
import { plural } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { linkLook } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { Section } from '~/ui/Section'
import { Skeleton } from '~/ui/Skeleton'
import { StatusGlyph } from '~/ui/Status'

const row = 'grid min-h-8 grid-cols-[28px_minmax(0,1fr)_auto] items-center gap-x-2 border-t border-line py-1.5'

/** What an earlier daemon began and this one could neither finish nor undo yet. */
export function Unfinished() {
  const intents = useQuery(intentsQuery())
  const names = useQuery(overviewQuery()).data
  const now = useNow()
  if (intents.error) return <ErrorNote title="Unfinished operations could not be read" error={intents.error} onRetry={() => void intents.refetch()} />
  const all = intents.data?.intents.filter(({ isInterrupted }) => isInterrupted) ?? []
  const worktreeOf = (id: string | undefined) => names?.worktrees.find((worktree) => worktree.id === id)?.name
  return (
    <Section title="Unfinished operations" {...(all.length > 0 && { count: all.length })}>
      {intents.isPending && <Skeleton label="Reading unfinished operations" rows={1} />}
      {intents.data && all.length === 0 && <p className="text-fg2">No operation was left unfinished when the daemon started.</p>}
      <ul aria-label="Unfinished operations">
        {all.map(({ id, operation, worktreeId, workspaceId, begunAt }) => (
          <li key={id} className={row}>
            <StatusGlyph look="waiting" word="Unfinished" />
            <span className="min-w-0 truncate">
              <code className="font-mono text-sm">{visibleName(operation)}</code>
              {worktreeOf(worktreeId) !== undefined && ` in ${visibleName(worktreeOf(worktreeId) ?? '')}`}
              <span className="text-sm text-fg2">, begun {formatWhen(begunAt, now)}; it is tried again when its repository can be reached</span>
            </span>
            {workspaceId !== undefined && (
              <Link to="/w/$workspaceId" params={{ workspaceId }} className={linkLook('quiet', true)}>
                Open
              </Link>
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** Prompts of which nobody knows whether the CLI got them: a person decides whether to send them again. */
export function Unknown() {
  const overview = useQuery(overviewQuery())
  const doubtful = useQuery(allDoubtfulQuery())
  const settled = useSettled()
  const all = (doubtful.data?.messages ?? []).filter(({ id }) => !settled.has(id))
  const found = all.flatMap((message) => {
    const agent = overview.data?.agents.find(({ id }) => id === message.agentId)
    return agent ? [{ agent, message }] : []
  })
  const failed = overview.error ?? doubtful.error
  if (failed) return <ErrorNote title="The prompts could not be read" error={failed} onRetry={() => void Promise.all([overview.refetch(), doubtful.refetch()])} />
  const isRead = overview.data !== undefined && doubtful.data !== undefined
  return (
    <Section title="Prompts with delivery unknown" {...(found.length > 0 && { count: found.length })}>
      {!isRead && <Skeleton label="Reading the prompts" rows={1} />}
      {isRead && found.length === 0 && <p className="text-fg2">{doubtful.data.hasMore ? `Of the newest ${mostDoubtful} each is decided.` : 'There is none to decide about.'}</p>}
      <ul aria-label="Prompts with delivery unknown">
        {found.map(({ agent, message }) => (
          <li key={message.id} className={row}>
            <StatusGlyph look="waiting" word="Delivery unknown" />
            <span className="min-w-0 truncate">
              <span className="font-medium">{visibleName(agent.name)}</span> <span className="text-fg1">{visibleName(message.content)}</span>
            </span>
            <Link to="/w/$workspaceId/a/$agentId" params={{ workspaceId: agent.workspaceId, agentId: agent.id }} className={linkLook('quiet', true)}>
              Decide
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function holdText({ isAlive, isKnown, problem }: HoldFound): string {
  if (problem !== undefined) return problem
  return isKnown ? 'alive' : `${isAlive ? 'alive, but' : 'a folder that'} the store does not know; it is left alone`
}

/** Supervisors that are alive, and what is odd among them. */
export function Holds() {
  const holds = useQuery(holdsQuery())
  if (holds.error) return <ErrorNote title="The holds could not be read" error={holds.error} onRetry={() => void holds.refetch()} />
  const all = holds.data?.holds ?? []
  const alive = all.filter(({ isAlive }) => isAlive).length
  const odd = all.filter(({ isKnown, problem }) => !isKnown || problem !== undefined)
  return (
    <Section title="Holds">
      {holds.isPending && <Skeleton label="Reading the holds" rows={1} />}
      {holds.data && <p className="text-fg2">{alive === 0 ? 'No program of an agent runs now.' : `${plural(alive, 'program')} of agents and terminals ${alive === 1 ? 'runs' : 'run'} now; each keeps running when the daemon restarts.`}</p>}
      <ul aria-label="Holds to check">
        {odd.map((hold) => (
          <li key={hold.launchId} className={row}>
            <StatusGlyph look={hold.problem === undefined ? 'idle' : 'error'} word={hold.problem === undefined ? 'Not known' : 'Unreadable'} />
            <span className="min-w-0">
              <code className="font-mono text-sm [overflow-wrap:anywhere]">{visibleName(hold.launchId)}</code>
              <span className="block text-sm text-fg2">{visible(holdText(hold))}</span>
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}
