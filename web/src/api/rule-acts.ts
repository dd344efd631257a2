import type { Rule, RuleCreate } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { visibleName } from '~/lib/visible'
import { toastUndo } from '~/ui/toasts'

export const ruleTexts = ['tool', 'path', 'command', 'workspaceId', 'worktreeId', 'agentId', 'note'] as const

/** The values of a rule without what the daemon adds to them. */
export function valuesOf({ decision, tool, path, command, workspaceId, worktreeId, agentId, note, enabled }: Rule): RuleCreate {
  const given = { tool, path, command, workspaceId, worktreeId, agentId, note }
  const values: RuleCreate = { decision, enabled: enabled !== false }
  for (const key of ruleTexts) {
    const value = given[key]
    if (value !== undefined) values[key] = value
  }
  return values
}

/** What is done to the rules that answer asks, wherever they are listed. All of it but a switch can be taken back, and is said. */
export function useRuleActs(rules: readonly Rule[], textOf: (rule: Rule) => string) {
  const reorder = useAct('reorder_rules', undefined, 'toasted')
  const create = useAct('create_rule', undefined, 'toasted')
  const remove = useAct('delete_rule', undefined, 'toasted')
  const update = useAct('update_rule', undefined, 'toasted')
  return {
    move(rule: Rule, by: number) {
      const ids = rules.map(({ id }) => id)
      const at = ids.indexOf(rule.id)
      const to = at + by
      if (at < 0 || to < 0 || to >= ids.length) return
      const ruleIds = ids.toSpliced(at, 1).toSpliced(to, 0, rule.id)
      reorder.mutate({ ruleIds }, { onSuccess: () => toastUndo(`Moved to place ${to + 1} of ${ids.length}`, () => reorder.mutateAsync({ ruleIds: ids })) })
    },
    remove(rule: Rule) {
      remove.mutate({ ruleId: rule.id }, { onSuccess: () => toastUndo(`Deleted: ${visibleName(textOf(rule))}`, () => create.mutateAsync({ ...valuesOf(rule), position: rule.position })) })
    },
    toggle: (rule: Rule) => update.mutate({ ruleId: rule.id, ...valuesOf(rule), enabled: rule.enabled === false }),
    isBusy: reorder.isPending || remove.isPending,
  }
}
