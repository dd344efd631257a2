import { useEffect, useState } from 'react'
import { call } from '~/api/client'
import type { FindHit, MessageFind } from '~/api/generated'

export type FindFilter = 'all' | 'mine' | 'agent' | 'tools' | 'errors'
export type FindQuery = { q: string; filter: FindFilter; isRegex: boolean }
export type Found = {
  hits: readonly FindHit[]
  /** Not all was searched yet. */
  isSearching: boolean
  /** More than are listed. */
  isMore: boolean
  error: Error | undefined
  /** What was looked for: until its first page is here, the hits are those of the query before. */
  of: string
}

const none: Found = { hits: [], isSearching: false, isMore: false, error: undefined, of: '' }
const nameOf = ({ q, filter, isRegex }: FindQuery) => JSON.stringify([q, filter, isRegex])
const pauseMs = 150
/** So many hits are listed, and so many calls are made for them. */
const mostHits = 2000
const mostCalls = 60

const filters: Record<FindFilter, Partial<MessageFind>> = {
  all: {},
  mine: { roles: ['user'] },
  agent: { kinds: ['text', 'thought'], roles: ['assistant'] },
  tools: { kinds: ['tool'] },
  errors: { onlyErrors: true },
}

/** Thoughts come after messages; here all are in the order of time. */
function inOrder(hits: readonly FindHit[]): FindHit[] {
  return hits.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0))
}

async function search(agentId: string, query: FindQuery, abort: AbortSignal, show: (found: Found) => void) {
  const { q, filter, isRegex } = query
  let hits: FindHit[] = []
  let cursor: string | undefined
  for (let n = 0; n < mostCalls; n++) {
    const { body } = await call('find_in_messages', { agentId, q, regex: isRegex, limit: 500, ...filters[filter], ...(cursor !== undefined && { cursor }) }, undefined, abort)
    if (abort.aborted) return
    hits = [...hits, ...body.hits]
    cursor = body.nextCursor
    const isOver = cursor === undefined || hits.length >= mostHits
    show({ hits: inOrder(hits), isSearching: !isOver, isMore: isOver && cursor !== undefined, error: undefined, of: nameOf(query) })
    if (isOver) return
  }
}

/** What the daemon finds in the whole conversation, page after page. */
export function useFind(agentId: string, { q, filter, isRegex }: FindQuery): Found & { isCurrent: boolean } {
  const [found, setFound] = useState(none)
  useEffect(() => {
    const leaving = new AbortController()
    const timer = setTimeout(() => {
      if (q === '') return setFound(none)
      setFound((before) => ({ ...before, isSearching: true, error: undefined }))
      return void search(agentId, { q, filter, isRegex }, leaving.signal, setFound).catch((error: unknown) => {
        if (!leaving.signal.aborted) setFound({ ...none, error: error instanceof Error ? error : new Error(String(error)) })
      })
    }, pauseMs)
    return () => {
      leaving.abort()
      clearTimeout(timer)
    }
  }, [agentId, q, filter, isRegex])
  return { ...found, isCurrent: found.of === nameOf({ q, filter, isRegex }) }
}
