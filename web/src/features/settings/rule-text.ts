import type { Rule } from '~/api/generated'

/** What it matches, as it could be pasted: `Bash(npm test **)`. */
export function ruleText({ tool = '*', command, path }: Rule): string {
  const inner = [command, path].filter((part) => part !== undefined && part !== '').join(', ')
  return inner === '' ? tool : `${tool}(${inner})`
}

/** How far it reaches. */
export function reachText({ agentId, worktreeId, workspaceId }: Rule): string {
  if (agentId !== undefined) return 'For one agent'
  if (worktreeId !== undefined) return 'For one worktree'
  return workspaceId === undefined ? 'For all agents' : 'For one workspace'
}
