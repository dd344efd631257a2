import { linkOptions } from '@tanstack/react-router'
import type { AwayAgent } from '~/api/generated'
import type { Figure } from '~/features/home/away'

const panes = { files: 'diff', cost: 'usage' } as const

/** Where what a figure counts can be seen: of one agent on its page, of several as a list of them. */
export function placeOfFigure(figure: Figure, agents: readonly AwayAgent[]) {
  if (figure === 'answers') return linkOptions({ to: '/inbox', search: { tab: 'answered' } })
  if (figure === 'landings') return linkOptions({ to: '/landing' })
  const [only, another] = agents
  if (!only || another) return linkOptions({ to: '/', search: { away: figure } })
  const pane = figure === 'files' || figure === 'cost' ? panes[figure] : undefined
  return linkOptions({ to: '/w/$workspaceId/a/$agentId', params: { workspaceId: only.workspaceId, agentId: only.agentId }, search: pane ? { pane } : {} })
}
