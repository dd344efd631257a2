import { useEffect } from 'react'
import { useQuery } from '@tanstack/react-query'
import { follow } from '~/api/client'
import type { OpProgress, Unfinished } from '~/api/generated'
import { readQuery } from '~/api/live'
import type { OpName, StreamEvent } from '~/api/wire'
import { createStore, useStore } from '~/lib/store'

export type Progress = OpProgress & { at: string }

const mostKept = 50
/** By the call's key: what each long operation does now. */
const known = createStore<ReadonlyMap<string, Progress>>(new Map())

export function withProgress(before: ReadonlyMap<string, Progress>, event: StreamEvent): ReadonlyMap<string, Progress> {
  if (event.type !== 'op_progress') return before
  const next = new Map(before)
  next.delete(event.payload.key)
  next.set(event.payload.key, { ...event.payload, at: event.at })
  const oldest = next.size > mostKept ? next.keys().next().value : undefined
  if (oldest !== undefined) next.delete(oldest)
  return next
}

let users = 0
let stop: (() => void) | undefined

function onEvent(event: StreamEvent) {
  known.set((now) => withProgress(now, event))
}

function startFollowing() {
  if (users++ > 0) return
  stop = follow({ topic: 'app', generation: 0, seq: Infinity }, { onEvent, onReset: () => {}, onRefused: () => (stop = undefined) })
}

function stopFollowing() {
  if (--users > 0) return
  stop?.()
  stop = undefined
}

const pollMs = 2_000

export type Subject = { workspaceId?: string; worktreeId?: string }

function isAbout(intent: Unfinished, op: OpName, subject: Subject): boolean {
  const isSame = (key: keyof Subject) => subject[key] === undefined || subject[key] === intent[key]
  return intent.operation === op && !intent.isInterrupted && isSame('workspaceId') && isSame('worktreeId')
}

/**
 * A long operation that runs: since when, and its newest step. It is found again after the page was closed. `isPending`: this page
 * has called it and waits for its answer.
 */
export function useProgress(op: OpName, subject: Subject, isPending: boolean): { since: string; step: Progress | undefined } | undefined {
  useEffect(() => {
    startFollowing()
    return stopFollowing
  }, [])
  const all = useStore(known)
  const step = [...all.values()].findLast((progress) => progress.op === op)
  // The daemon has no event for an operation's end, so the list is read again while one is shown.
  const { data } = useQuery({
    ...readQuery('list_intents', {}),
    staleTime: 0,
    refetchInterval: ({ state }) => (isPending || state.data?.body.intents.some((one) => isAbout(one, op, subject)) ? pollMs : false),
  })
  const intent = data?.intents.find((one) => isAbout(one, op, subject))
  if (intent) return { since: intent.begunAt, step: step && step.at >= intent.begunAt ? step : undefined }
  return isPending && step ? { since: step.at, step } : undefined
}
