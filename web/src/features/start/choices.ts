import type { AdapterName, AgentCreate, AgentEffort, AgentLimits, AgentMode, AgentPermission } from '~/api/generated'
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

export const modes = [
  { value: 'regular', label: 'Asks first' },
  { value: 'plan', label: 'Plans first' },
  { value: 'auto', label: 'Decides itself' },
] as const satisfies readonly { value: AgentMode; label: string }[]

export const efforts = [
  { value: 'low', label: 'Low effort' },
  { value: 'medium', label: 'Medium effort' },
  { value: 'high', label: 'High effort' },
  { value: 'xhigh', label: 'Very high effort' },
  { value: 'max', label: 'Most effort' },
] as const satisfies readonly { value: AgentEffort; label: string }[]

export const permissions = [
  { value: 'read', label: 'Read and search files' },
  { value: 'write', label: 'Write and edit files without asking' },
  { value: 'execute', label: 'Run commands without asking' },
] as const satisfies readonly { value: AgentPermission; label: string }[]

/** One of the values, or nothing: what a select gives, and what was stored by another version. */
export function oneOf<T extends string>(options: readonly { value: T }[], value: unknown): T | undefined {
  return options.find((option) => option.value === value)?.value
}

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
