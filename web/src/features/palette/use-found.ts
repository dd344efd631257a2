import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { FindHit } from '~/api/generated'
import { readQuery } from '~/api/live'
import { addressOfAgent, type Place } from '~/api/on-screen'
import { inTerminal, type Row } from '~/features/palette/rows'
import { formatMinute } from '~/lib/format'
import { quoteWord } from '~/lib/shell'

/** The daemon is asked when the person pauses. */
const pauseMs = 200
const shortest = 2
const mostFiles = 5
const mostHits = 4

function useDelayed<T>(value: T): T {
  const [delayed, setDelayed] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setDelayed(value), pauseMs)
    return () => clearTimeout(timer)
  }, [value])
  return delayed
}

type Go = (address: string) => void
const icons = { text: 'comment', tool: 'terminal', thought: 'thought' } as const

function rowOfHit(hit: FindHit, agent: { id: string; workspaceId: string }, query: string, go: Go): Row {
  const search = new URLSearchParams({ find: query, ...(hit.messageId !== undefined && { msg: hit.messageId }) })
  return {
    id: `hit-${hit.messageId ?? hit.seq}-${hit.part}-${hit.start}`,
    label: hit.kind === 'tool' ? hit.excerpt : `“${hit.excerpt}”`,
    hint: [hit.toolName ?? (hit.kind === 'thought' ? 'thought' : hit.role === 'user' ? 'you' : 'agent'), formatMinute(hit.createdAt)].join(', '),
    glyph: { icon: icons[hit.kind] },
    command: inTerminal('message', 'find', agent.id, quoteWord(query)),
    run: () => go(`${addressOfAgent(agent)}?${search}`),
  }
}

/** What was said on the page of the agent that is open. */
export function useSaid(query: string, { agentId = '', workspaceId = '' }: Place, go: Go): readonly Row[] {
  const q = useDelayed(query.trim())
  const isWanted = q.length > shortest && agentId !== ''
  const found = useQuery({ ...readQuery('find_in_messages', { agentId, q, limit: mostHits }), enabled: isWanted, retry: false })
  if (!isWanted) return []
  return (found.data?.hits ?? []).slice(0, mostHits).map((hit) => rowOfHit(hit, { id: agentId, workspaceId }, q, go))
}

/** Files of the worktree that is open, by the letters of their paths. */
export function useFiles(query: string, { workspaceId = '', worktreeId = '', agentId }: Place, go: Go): readonly Row[] {
  const q = useDelayed(query.trim())
  const isWanted = q.length >= shortest && worktreeId !== '' && agentId !== undefined
  const found = useQuery({ ...readQuery('find_files', { workspaceId, worktreeId, query: q, limit: mostFiles }), enabled: isWanted, retry: false })
  if (!isWanted) return []
  return (found.data?.paths ?? []).map((path) => ({
    id: `file-${path}`,
    label: path,
    glyph: { icon: 'file' },
    command: inTerminal('file', 'read', workspaceId, worktreeId, quoteWord(path)),
    run: () => go(`${addressOfAgent({ id: agentId, workspaceId })}?${new URLSearchParams({ pane: 'files', file: path })}`),
  }))
}
