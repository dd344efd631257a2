import type { RuleCreate, RuleDecision } from '~/api/generated'
import { ruleTexts } from '~/api/rule-acts'
import { isObject, textAt } from '~/lib/json'

const decisions: readonly RuleDecision[] = ['allow', 'deny', 'ask']

export const newRule: RuleCreate = { decision: 'allow', tool: 'Bash', enabled: true }

/** A rule that was being written; undefined: none was. */
export function parseRule(value: unknown): RuleCreate | undefined {
  const decision = decisions.find((one) => one === textAt(value, 'decision'))
  if (decision === undefined || !isObject(value)) return undefined
  const rule: RuleCreate = { decision, enabled: value['enabled'] !== false }
  for (const key of ruleTexts) {
    const text = textAt(value, key)
    if (text !== undefined) rule[key] = text
  }
  return rule
}
