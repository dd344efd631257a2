import { useEffect } from 'react'
import { useIsMutating, useQuery } from '@tanstack/react-query'
import { follow } from '~/api/client'
import type { Intents, OpProgress, Unfinished } from '~/api/generated'
import { readQuery } from '~/api/live'
import type { Answer, OpName, StreamEvent } from '~/api/wire'
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

function useSteps(): readonly Progress[] {
  useEffect(() => {
    startFollowing()
    return stopFollowing
  }, [])
  return [...useStore(known).values()]
}

/** `step` belongs to what began then: an older one was of the call before. */
const stepSince = (steps: readonly Progress[], op: string, since: string) => steps.findLast((step) => step.op === op && step.at >= since)

const intentsQuery = (isWanted: (intents: readonly Unfinished[]) => boolean) => ({
  ...readQuery('list_intents', {}),
  staleTime: 0,
  // The daemon has no event for an operation's end, so the list is read again while one is shown.
  refetchInterval: ({ state }: { state: { data?: Answer<Intents> | undefined } }) => (isWanted(state.data?.body.intents ?? []) ? pollMs : false),
})

/**
 * A long operation that runs: since when, and its newest step. It is found again after the page was closed. `isPending`: this page
 * has called it and waits for its answer.
 */
export function useProgress(op: OpName, subject: Subject, isPending: boolean): { since: string; step: Progress | undefined } | undefined {
  const steps = useSteps()
  const { data } = useQuery(intentsQuery((intents) => isPending || intents.some((one) => isAbout(one, op, subject))))
  const intent = data?.intents.find((one) => isAbout(one, op, subject))
  if (intent) return { since: intent.begunAt, step: stepSince(steps, op, intent.begunAt) }
  const step = steps.findLast((progress) => progress.op === op)
  return isPending && step ? { since: step.at, step } : undefined
}

export type LongAct = { id: string; op: string; since: string; step: Progress | undefined }

/** All that the daemon does to a worktree now, whoever asked for it: also what was begun before this page was opened. */
export function useLongActs(worktreeId: string): readonly LongAct[] {
  const steps = useSteps()
  const isActing = useIsMutating() > 0
  const isMine = (one: Unfinished) => one.worktreeId === worktreeId && !one.isInterrupted
  const { data } = useQuery(intentsQuery((intents) => isActing || intents.some(isMine)))
  return (data?.intents.filter(isMine) ?? []).map(({ id, operation, begunAt }) => ({ id, op: operation, since: begunAt, step: stepSince(steps, operation, begunAt) }))
}
