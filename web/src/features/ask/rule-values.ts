import type { Rule, RuleCreate } from '~/api/generated'

/** The values of a rule without what the daemon adds to them. */
export function valuesOf({ decision, tool, path, command, workspaceId, worktreeId, agentId, note, enabled }: Rule): RuleCreate {
  const given = { tool, path, command, workspaceId, worktreeId, agentId, note }
  const values: RuleCreate = { decision, enabled: enabled !== false }
  for (const key of ['tool', 'path', 'command', 'workspaceId', 'worktreeId', 'agentId', 'note'] as const) {
    const value = given[key]
    if (value !== undefined) values[key] = value
  }
  return values
}
