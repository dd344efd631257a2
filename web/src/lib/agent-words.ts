import type { AdapterName, AgentEffort, AgentMode, AgentPermission } from '~/api/generated'

/** What a mode means, in the words of every page: what the adapter tells the CLI, and no more. */
export const modes = [
  { value: 'regular', label: 'Asks first', hint: 'Asks before what its permissions do not cover' },
  { value: 'plan', label: 'Plans first', hint: 'You review a plan before it changes anything' },
  { value: 'auto', label: 'Accepts edits', hint: 'Edits without asking; asks about commands that its permissions do not cover' },
] as const satisfies readonly { value: AgentMode; label: string; hint: string }[]

/** What may happen without asking: each stands below words that say so. */
export const permissions = [
  { value: 'read', label: 'Read and search files' },
  { value: 'write', label: 'Write and edit files' },
  { value: 'execute', label: 'Run commands' },
] as const satisfies readonly { value: AgentPermission; label: string }[]

export const efforts = [
  { value: 'low', label: 'Low effort' },
  { value: 'medium', label: 'Medium effort' },
  { value: 'high', label: 'High effort' },
  { value: 'xhigh', label: 'Very high effort' },
  { value: 'max', label: 'Most effort' },
] as const satisfies readonly { value: AgentEffort; label: string }[]

const labelOf = <T extends string>(options: readonly { value: T; label: string }[], value: T): string => options.find((one) => one.value === value)?.label ?? value

export const modeText = (mode: AgentMode): string => labelOf(modes, mode)
export const effortText = (effort: AgentEffort): string => labelOf(efforts, effort)

/** Codex runs commands in a sandbox of its own, which its modes widen: it accepts more than edits. */
export function modeHint(mode: AgentMode, adapter: AdapterName): string {
  if (adapter === 'codex' && mode === 'auto') return 'Edits and runs inside its worktree without asking; asks beyond it'
  return modes.find(({ value }) => value === mode)?.hint ?? ''
}

/** Why a permission changes nothing in this mode; undefined: it counts. */
export function coveredBy(mode: AgentMode, permission: AgentPermission): string | undefined {
  return mode === 'auto' && permission === 'write' ? 'The mode accepts edits' : undefined
}

/** What the agent may do without asking, in two words. */
export function accessText(mode: AgentMode, granted: readonly AgentPermission[]): string {
  if (mode === 'plan') return modeText('plan')
  const edits = mode === 'auto' || granted.includes('write')
  const runs = granted.includes('execute')
  if (edits && runs) return 'Edits and runs'
  if (edits) return mode === 'auto' ? modeText('auto') : 'Edits, asks to run'
  return runs ? 'Runs, asks to edit' : modeText('regular')
}

/** One of the values, or nothing: what a select gives, and what was stored by another version. */
export function oneOf<T extends string>(options: readonly { value: T }[], value: unknown): T | undefined {
  return options.find((option) => option.value === value)?.value
}
