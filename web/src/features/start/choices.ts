import type { AdapterName, AgentCreate, AgentEffort, AgentLimits, AgentMode, AgentPermission } from '~/api/generated'
import { efforts, modes, oneOf, permissions } from '~/lib/agent-words'
import { isObject, textAt } from '~/lib/json'

export type Where = 'new' | 'existing' | 'none'

/** What the dialog remembers from the last start. */
export type Choices = {
  workspaceId: string | undefined
  where: Where
  /** Of which CLI; one that is not there any more gives way to one that is. */
  adapter: string | undefined
  model: string
  mode: AgentMode | undefined
  effort: AgentEffort | undefined
  permissions: readonly AgentPermission[]
}

export const wheres = [
  { value: 'new', label: 'New worktree' },
  { value: 'existing', label: 'Existing worktree' },
  { value: 'none', label: 'No worktree' },
] as const satisfies readonly { value: Where; label: string }[]

/** Anything that was stored becomes choices. */
export function parseChoices(stored: unknown): Choices {
  const granted: unknown = isObject(stored) ? stored['permissions'] : undefined
  return {
    workspaceId: textAt(stored, 'workspaceId'),
    where: oneOf(wheres, textAt(stored, 'where')) ?? 'new',
    adapter: textAt(stored, 'adapter'),
    model: textAt(stored, 'model') ?? '',
    mode: oneOf(modes, textAt(stored, 'mode')),
    effort: oneOf(efforts, textAt(stored, 'effort')),
    permissions: Array.isArray(granted) ? permissions.flatMap(({ value }) => (granted.includes(value) ? [value] : [])) : ['read'],
  }
}

export type LimitTexts = { minutes: string; memoryMib: string; processes: string }
export const noLimits: LimitTexts = { minutes: '', memoryMib: '', processes: '' }

function limitsOf({ minutes, memoryMib, processes }: LimitTexts): AgentLimits | undefined {
  const limits = {
    ...(minutes && { wallSeconds: 60 * Number(minutes) }),
    ...(memoryMib && { memoryMib: Number(memoryMib) }),
    ...(processes && { processes: Number(processes) }),
  }
  return Object.keys(limits).length > 0 ? limits : undefined
}

type Own = { prompt: string; name: string; limits: LimitTexts; adapter: AdapterName | undefined }

/** The agent as it is created in a worktree. */
export function agentOf(choices: Choices, { prompt, name, limits, adapter }: Own): Omit<AgentCreate, 'worktreeId'> {
  const own = limitsOf(limits)
  return {
    permissions: [...choices.permissions],
    ...(adapter && { adapter }),
    ...(choices.mode && { mode: choices.mode }),
    ...(choices.model.trim() && { model: choices.model.trim() }),
    ...(choices.effort && { effort: choices.effort }),
    ...(name.trim() && { name: name.trim() }),
    ...(prompt.trim() && { initialPrompt: prompt.trim() }),
    ...(own && { limits: own }),
  }
}
