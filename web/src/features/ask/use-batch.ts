import { useQueries } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { Ask, AskAnswerIn, RuleCreate } from '~/api/generated'
import { tryQuery } from '~/api/workspace-queries'
import { useAct } from '~/api/use-act'
import { useRested } from '~/features/ask/use-rule'
import { useSettled } from '~/lib/focus'
import { sentence } from '~/lib/format'

/** Whether one rule covers each of them; undefined while that is being found out. */
export function useCovered(rule: RuleCreate | undefined, asks: readonly Ask[]): ReadonlyMap<string, { isCovered: boolean; why: string } | undefined> {
  const text = useRested(JSON.stringify(rule ?? null))
  const isCurrent = rule !== undefined && text === JSON.stringify(rule)
  const results = useQueries({
    queries: asks.map(({ tool, input, subjectId, workspaceId, worktreeId }) => ({
      ...tryQuery({
        ...(rule ?? { decision: 'ask' }),
        examine: 0,
        limit: 0,
        call: { tool, input: input ?? {}, agentId: subjectId, ...(workspaceId !== undefined && { workspaceId }), ...(worktreeId !== undefined && { worktreeId }) },
      }),
      enabled: isCurrent,
    })),
  })
  return new Map(
    asks.map(({ id }, at) => {
      const call = results[at]?.data?.call
      if (!isCurrent || !call) return [id, undefined]
      return [id, { isCovered: call.isMatched && call.earlierId === undefined, why: call.earlierId === undefined ? (call.why ?? '') : 'An earlier rule decides it.' }]
    }),
  )
}

export type Outcome = { isDone: boolean; text: string }
type Given = Pick<AskAnswerIn, 'decision' | 'message'>

/** One answer for many, each with the digest that was shown and each with its own result. */
export function useBatch(asks: readonly Ask[]) {
  const act = useAct('answer_ask')
  const create = useAct('create_rule')
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, Outcome>>(new Map())
  const [isBusy, setBusy] = useState(false)
  const running = useRef(false)
  const isSettled = useSettled(asks.map(({ id, digest }) => `${id} ${digest}`).join(' '))

  async function answer(which: readonly Ask[], given: Given) {
    if (running.current || !isSettled) return
    running.current = true
    setBusy(true)
    for (const { id, digest } of which) {
      const outcome = await act.mutateAsync({ askId: id, digest, ...given }).then(
        (): Outcome => ({ isDone: true, text: given.decision === 'deny' ? 'denied' : 'allowed' }),
        (error: Error): Outcome => ({ isDone: false, text: sentence(error.message) }),
      )
      setOutcomes((now) => new Map(now).set(id, outcome))
    }
    running.current = false
    setBusy(false)
  }
  async function addRule(rule: RuleCreate, covered: readonly Ask[], onMade: () => void) {
    if (running.current || !isSettled) return
    const made = await create.mutateAsync(rule).catch(() => undefined)
    if (made) onMade()
    if (made) await answer(covered, { decision: rule.decision === 'deny' ? 'deny' : 'allow' })
  }
  return {
    outcomes,
    isBusy: isBusy || create.isPending,
    isSettled,
    ruleError: create.error,
    answer: (which: readonly Ask[], given: Given) => void answer(which, given),
    addRule: (rule: RuleCreate, covered: readonly Ask[], onMade: () => void) => void addRule(rule, covered, onMade),
  }
}
