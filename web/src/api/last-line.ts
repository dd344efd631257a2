import type { AgentOverview, Overview } from '~/api/generated'
import { lookOf, reasonText } from '~/lib/status'

/** Paths within its worktree are shown from there. */
function within(text: string, folder: string | undefined): string {
  return folder === undefined ? text : text.replaceAll(`${folder}/`, '')
}

/** The one line of an agent in a list: what it asks, why it failed or is held, else what it said or called last. */
export function lineOf(agent: AgentOverview, { worktrees }: Pick<Overview, 'worktrees'>): string {
  const folder = worktrees.find(({ id }) => id === agent.worktreeId)?.path
  if (agent.askKind === 'plan') return 'A plan to review'
  if (agent.askId !== undefined) return within(agent.askTitle ?? agent.askTool ?? reasonText(agent), folder)
  const look = lookOf(agent.statusReason)
  if (look === 'error' || look === 'retrying' || look === 'held') return reasonText(agent)
  return within(agent.lastLine ?? reasonText(agent), folder)
}
