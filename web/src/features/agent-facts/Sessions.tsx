import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { isAlive } from '~/api/agents'
import type { Agent, Session } from '~/api/generated'
import { readQuery } from '~/api/live'
import { useAct } from '~/api/use-act'
import { useNow } from '~/lib/clock'
import { formatWhen } from '~/lib/dates'
import { visible } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { Section } from '~/ui/Section'
import { toast } from '~/ui/toasts'

const most = 100
const few = 5

const sessionsQuery = (agentId: string) => ({ ...readQuery('list_agent_sessions', { agentId, limit: most }), staleTime: 0 })

/** The sessions that the agent had with its CLI before this one: each can be gone on with while its CLI has it. */
export function Sessions({ agent }: { agent: Agent }) {
  const list = useQuery(sessionsQuery(agent.id))
  const [isOpen, setOpen] = useState(false)
  const resume = useAct('resume_agent', () => {
    toast('Continuing the earlier session')
    void list.refetch()
  })
  if (list.error) return <ErrorNote title="The earlier sessions could not be read" error={list.error} onRetry={() => void list.refetch()} />
  const earlier = list.data?.sessions.filter(({ isCurrent }) => !isCurrent) ?? []
  if (earlier.length === 0) return null
  return (
    <Section title="Earlier sessions" count={list.data?.sessions.length === most ? `the last ${earlier.length}` : earlier.length}>
      <ul>
        {(isOpen ? earlier : earlier.slice(0, few)).map((session) => (
          <SessionRow key={session.id} session={session} canResume={!isAlive(agent)} isPending={resume.isPending} onResume={() => resume.mutate({ agentId: agent.id, sessionId: session.id })} />
        ))}
      </ul>
      {!isOpen && earlier.length > few && (
        <Button isSmall look="quiet" onClick={() => setOpen(true)}>
          Show {earlier.length - few} more
        </Button>
      )}
      {isAlive(agent) && <p className="text-sm text-fg2">Stop the agent to continue one of them.</p>}
      {resume.error && <ErrorNote title="The session was not resumed" error={resume.error} />}
    </Section>
  )
}

type SessionRowProps = { session: Session; canResume: boolean; isPending: boolean; onResume: () => void }

function SessionRow({ session: { id, startedAt, endedAt, contextLevel, isResumable }, canResume, isPending, onResume }: SessionRowProps) {
  const now = useNow()
  const end = endedAt === undefined ? '' : ` to ${formatWhen(endedAt, now)}`
  return (
    <li className="flex min-h-8 items-center gap-2 border-t border-line text-sm">
      <span className="min-w-0 flex-1 truncate" title={visible(id)}>
        {formatWhen(startedAt, now)}
        {end} <span className="text-fg2">{contextLevel} % of the context</span>
      </span>
      {!isResumable && <span className="text-fg2">its CLI cannot resume it</span>}
      {isResumable && canResume && (
        <Button isSmall isOff={isPending} onClick={onResume} aria-label={`Continue the session of ${formatWhen(startedAt, now)} here`}>
          Continue here
        </Button>
      )}
    </li>
  )
}
