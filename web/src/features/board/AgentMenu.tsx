import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { AgentMode, AgentOverview, AgentPermission } from '~/api/generated'
import { groupOf } from '~/api/groups'
import { agentQuery } from '~/api/workspace-queries'
import { useAct } from '~/api/use-act'
import { visibleName } from '~/lib/visible'
import { Menu, type MenuItem } from '~/ui/Menu'
import { toast, toastUndo } from '~/ui/toasts'

const modes: Record<AgentMode, string> = { regular: 'Asks first', plan: 'Plans first', auto: 'Asks nothing' }
const permissions: Record<AgentPermission, string> = { read: 'Reads without asking', write: 'Writes without asking', execute: 'Runs commands without asking' }

/** Who starts, stops and archives from a list: each act says what it did, and what can be undone can be. */
export function useAgentActs(agent: AgentOverview) {
  const agentId = agent.id
  const start = useAct('start_agent', undefined, 'toasted')
  const stop = useAct('stop_agent', undefined, 'toasted')
  const fork = useAct('fork_agent', ({ name }) => toast(`Forked as ${visibleName(name)}`), 'toasted')
  const restore = useAct('restore_agent', undefined, 'toasted')
  const archive = useAct('delete_agent', () => toastUndo(`Archived ${visibleName(agent.name)}`, () => restore.mutateAsync({ agentId })), 'toasted')
  return {
    start: () => start.mutate({ agentId }),
    stop: () => stop.mutate({ agentId }),
    fork: () => fork.mutate({ agentId }),
    archive: () => archive.mutate({ agentId }),
  }
}

type AgentMenuProps = {
  agent: AgentOverview
  /** Places of its neighbours; none where the order is not free. */
  move?: { left?: () => void; right?: () => void }
  onRename: () => void
}

/** What can be done to an agent of a list; mode and permissions are read when the menu is about to open. */
export function AgentMenu({ agent, move, onRename }: AgentMenuProps) {
  const [isWanted, setWanted] = useState(false)
  const detail = useQuery({ ...agentQuery(agent.workspaceId, agent.id), enabled: isWanted }).data
  const update = useAct('update_agent', undefined, 'toasted')
  const acts = useAgentActs(agent)
  const group = groupOf(agent)
  const agentId = agent.id
  const granted = detail?.permissions ?? []
  const toggled = (one: AgentPermission) => (granted.includes(one) ? granted.filter((other) => other !== one) : [...granted, one])
  const items: MenuItem[] = [
    group === 'working' || group === 'needs' ? { label: 'Stop', icon: 'stop', run: acts.stop } : { label: 'Start', icon: 'play', run: acts.start },
    { label: 'Fork', icon: 'fork', run: acts.fork },
    { label: 'Rename…', icon: 'edit', run: onRename },
    ...(move?.left ? [{ label: 'Move left', keys: 'Alt+ArrowLeft', run: move.left }] : []),
    ...(move?.right ? [{ label: 'Move right', keys: 'Alt+ArrowRight', run: move.right }] : []),
    { heading: 'Mode' },
    ...(['regular', 'plan', 'auto'] as const).map((mode) => ({ label: modes[mode], isOn: agent.mode === mode, run: () => update.mutate({ agentId, mode }) })),
    { heading: 'Permissions' },
    ...(['read', 'write', 'execute'] as const).map((one) => ({
      label: permissions[one],
      isOn: granted.includes(one),
      isOff: detail ? undefined : 'being read',
      run: () => update.mutate({ agentId, permissions: toggled(one) }),
    })),
    'line',
    { label: 'Archive', icon: 'trash', run: acts.archive },
  ]
  return <Menu label={`More about ${visibleName(agent.name)}`} icon="more" isSmall items={items} onIntent={() => setWanted(true)} />
}
