import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useEffect, useRef, useState } from 'react'
import type { Ask, RuleCreate } from '~/api/generated'
import { tryQuery } from '~/api/workspace-queries'
import { useAct } from '~/api/use-act'
import { proposal, ruleOf, type Draft } from '~/features/ask/rule-draft'
import type { AskForm } from '~/features/ask/use-ask-form'
import { toast } from '~/ui/toasts'

const pauseMs = 200
/** More arguments are not sent along: the rule is then tried over past asks alone. */
const mostCallBytes = 200_000

/** The value as it was when it last rested. */
export function useRested<T>(value: T): T {
  const [rested, setRested] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), pauseMs)
    return () => clearTimeout(timer)
  }, [value])
  return useDeferredValue(rested)
}

function callOf({ tool, input, workspaceId, worktreeId, subjectId }: Ask) {
  if (JSON.stringify(input ?? null).length > mostCallBytes) return {}
  return { call: { tool, input: input ?? {}, agentId: subjectId, ...(workspaceId !== undefined && { workspaceId }), ...(worktreeId !== undefined && { worktreeId }) } }
}

/** What the rule would have decided, and whether it covers this ask. It follows the draft after a pause. */
export function useTry(rule: RuleCreate | undefined, ask: Ask | undefined, limit: number) {
  const rested = useRested(JSON.stringify(rule ?? null))
  const current = rested === JSON.stringify(rule ?? null) ? rule : undefined
  const input = current && { ...current, limit, ...(ask && callOf(ask)) }
  const query = useQuery({ ...tryQuery(input ?? { decision: 'ask' }), enabled: input !== undefined, placeholderData: keepPreviousData })
  return { tried: query.data, error: query.error, isCurrent: input !== undefined && !query.isPlaceholderData && query.data !== undefined }
}

export type RuleForm = ReturnType<typeof useRule>

/** A rule that is made while an ask is answered: first the rule, then the answer, so that neither is silently missing. */
export function useRule(form: AskForm) {
  const { ask, place, answer, off } = form
  const create = useAct('create_rule')
  const added = useRef<string>(undefined)
  const current: Draft = form.draft.rule ?? { text: proposal(ask, place.worktree?.path), scope: ask.workspaceId === undefined ? 'everywhere' : 'workspace' }
  const rule = ruleOf(current, ask, 'allow')

  async function submit() {
    if (!rule || off !== undefined || create.isPending || form.isBusy) return
    const text = JSON.stringify(rule)
    if (added.current !== text) {
      const made = await create.mutateAsync(rule).catch(() => undefined)
      if (!made) return
      added.current = text
    }
    if (!(await answer({ decision: 'allow' }))) toast('The rule was added. The ask was not answered.')
  }
  return { draft: current, setDraft: (next: Draft) => form.write({ rule: next }), rule, error: create.error, isBusy: create.isPending, submit: () => void submit() }
}
