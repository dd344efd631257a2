import type { AdapterName, AdapterOption, Agent, AgentUpdated, OptionApplied } from '~/api/generated'

const usual: readonly AdapterOption[] = ['mode', 'permissions', 'model']

/** What can be chosen for the agents of each CLI (docs/clis.md). */
const known: Record<AdapterName, readonly AdapterOption[]> = {
  claude: ['mode', 'permissions', 'model', 'effort'],
  gemini: usual,
  opencode: usual,
  qwen: usual,
  acp: usual,
  codex: usual,
  terminal: [],
}

export function hasOption(adapter: AdapterName, option: AdapterOption): boolean {
  return known[adapter].includes(option)
}

/** Names that Claude Code takes for the newest model of each family. */
export const claudeModels = ['sonnet', 'opus', 'haiku'] as const

/** A change that does not apply yet, and the moment from which on it does. */
export type Pending = { option: AdapterOption; applied: OptionApplied; turns: number; launchId: string | undefined }

export function pendingOf({ changed, launchId }: AgentUpdated, turns: number): Pending[] {
  return changed.filter(({ applied }) => applied !== 'now').map((change) => ({ ...change, turns, launchId }))
}

export function isStillPending({ applied, turns, launchId }: Pending, agent: Agent, turnsNow: number): boolean {
  return applied === 'next_turn' ? turnsNow === turns && agent.launchId === launchId : agent.launchId === launchId
}

export function pendingText(applied: OptionApplied): string {
  return applied === 'next_turn' ? 'from the next turn' : 'from the next start'
}
