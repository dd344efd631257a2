import { useQuery } from '@tanstack/react-query'
import type { Agent } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import type { MomentState } from '~/app/pages/agent/use-moment'
import type { AgentPlace } from '~/app/pages/agent/use-place'
import type { PaneName } from '~/app/search'
import { planCount } from '~/features/agent-facts/plan-count'
import { useFileCount } from '~/features/diff/listed'
import { useTranscriptMeta } from '~/features/transcript/use-transcript'
import { Tabs, type Tab } from '~/ui/Tabs'

type PaneTabsProps = { agent: Agent; place: AgentPlace; past: MomentState; hasChat?: boolean }

/** The part below them, or beside the chat in a wide window. */
export const panePanel = 'pane'

/** The panes of an agent's page as tabs; in a narrow window the chat is one of them. */
export function PaneTabs({ agent, place, past, hasChat = false }: PaneTabsProps) {
  const meta = useTranscriptMeta(agent.id)
  const worktree = useQuery(overviewQuery()).data?.worktrees.find(({ id }) => id === agent.worktreeId)
  const isPast = past.moment !== undefined
  const plan = isPast ? past.facts?.plan : meta.plan
  const files = useFileCount(worktree, isPast ? (past.against ?? '') : (place.search.against ?? 'base'))
  const tabs: Tab<PaneName | 'none'>[] = [
    ...(hasChat ? [{ id: 'none', label: 'Chat' } as const] : []),
    { id: 'diff', label: 'Diff', count: files || undefined },
    { id: 'files', label: 'Files' },
    { id: 'terminal', label: 'Terminal' },
    { id: 'plan', label: 'Plan', count: plan && planCount(plan) },
    { id: 'usage', label: 'Usage' },
    ...(place.isNarrow ? [] : [{ id: 'beside', label: 'Beside' } as const]),
  ]
  return (
    <div className={`flex h-9 items-stretch pointer-coarse:h-11 ${hasChat ? 'shrink-0 border-b border-line px-2' : 'min-w-0'}`}>
      <Tabs label="Panes" tabs={tabs} current={place.pane ?? 'none'} onChange={place.show} panel={panePanel} />
    </div>
  )
}
