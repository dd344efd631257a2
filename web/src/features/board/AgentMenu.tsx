import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { isAlive } from '~/api/agents'
import type { AgentOverview, AgentPermission } from '~/api/generated'
import { agentQuery } from '~/api/workspace-queries'
import { useAct } from '~/api/use-act'
import { coveredBy, modes, permissions } from '~/lib/agent-words'
import { visibleName } from '~/lib/visible'
import { Menu, type MenuItem } from '~/ui/Menu'
import { toast, toastUndo } from '~/ui/toasts'

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
  const agentId = agent.id
  const granted = detail?.permissions ?? []
  const toggled = (one: AgentPermission) => (granted.includes(one) ? granted.filter((other) => other !== one) : [...granted, one])
  const items: MenuItem[] = [
    isAlive(agent) ? { label: 'Stop', icon: 'stop', run: acts.stop } : { label: 'Start', icon: 'play', run: acts.start },
    { label: 'Fork', icon: 'fork', run: acts.fork },
    { label: 'Rename…', icon: 'edit', run: onRename },
    ...(move?.left ? [{ label: 'Move left', keys: 'Alt+ArrowLeft', run: move.left }] : []),
    ...(move?.right ? [{ label: 'Move right', keys: 'Alt+ArrowRight', run: move.right }] : []),
    { heading: 'Mode' },
    ...modes.map(({ value, label }) => ({ label, isOn: agent.mode === value, run: () => update.mutate({ agentId, mode: value }) })),
    { heading: 'Without asking' },
    ...permissions.map(({ value, label }) => ({
      label,
      isOn: granted.includes(value),
      isOff: detail ? coveredBy(agent.mode, value) : 'being read',
      run: () => update.mutate({ agentId, permissions: toggled(value) }),
    })),
    'line',
    { label: 'Archive', icon: 'trash', run: acts.archive },
  ]
  return <Menu label={`More about ${visibleName(agent.name)}`} icon="more" isSmall items={items} onIntent={setWanted} />
}
