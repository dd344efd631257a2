import type { Rule, RuleCreate, RuleDecision } from '~/api/generated'
import { isObject, textAt } from '~/lib/json'

const texts = ['tool', 'path', 'command', 'workspaceId', 'worktreeId', 'agentId', 'note'] as const
const decisions: readonly RuleDecision[] = ['allow', 'deny', 'ask']

export const newRule: RuleCreate = { decision: 'allow', tool: 'Bash', enabled: true }

/** The values of a rule without what the daemon adds to them. */
export function valuesOf({ decision, tool, path, command, workspaceId, worktreeId, agentId, note, enabled }: Rule): RuleCreate {
  const given = { tool, path, command, workspaceId, worktreeId, agentId, note }
  const values: RuleCreate = { decision, enabled: enabled !== false }
  for (const key of texts) {
    const value = given[key]
    if (value !== undefined) values[key] = value
  }
  return values
}

/** A rule that was being written; undefined: none was. */
export function parseRule(value: unknown): RuleCreate | undefined {
  const decision = decisions.find((one) => one === textAt(value, 'decision'))
  if (decision === undefined || !isObject(value)) return undefined
  const rule: RuleCreate = { decision, enabled: value['enabled'] !== false }
  for (const key of texts) {
    const text = textAt(value, key)
    if (text !== undefined) rule[key] = text
  }
  return rule
}
