import type { ReactNode } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { Agent, Terminal } from '~/api/generated'
import { terminalsQuery } from '~/api/terminal-queries'
import { setLayout, showInPane, useLayout, wantKeyboard } from '~/features/terminal/layout'
import { formatClock } from '~/lib/format'

/** Output that is no terminal's, such as a script's, which the pane shows beside them. */
export type PaneLog = { id: string; name: string; hint: string; isRunning: boolean; content: ReactNode }

/** What the pane can show: the agent's own terminal, one opened beside it, or a log. Its id is the launch's, or the log's. */
export type Shell = {
  id: string
  name: string
  hint: string
  isRunning: boolean
  endedAt: string | undefined
  terminal: Terminal | undefined
  log: ReactNode
}

function hintOf({ state, exitCode, endedAt, title }: Terminal): string {
  if (state === 'running') return title ?? 'running'
  const word = { exited: exitCode === undefined ? 'ended by a signal' : `exited, code ${exitCode}`, closed: 'closed', lost: 'its end was not seen' }[state]
  return endedAt === undefined ? word : `${word}, ${formatClock(endedAt)}`
}

function shellOf(terminal: Terminal): Shell[] {
  const { launchId, name, state, endedAt } = terminal
  return launchId === undefined ? [] : [{ id: launchId, name, hint: hintOf(terminal), isRunning: state === 'running', endedAt, terminal, log: undefined }]
}

function ownOf(agent: Agent | undefined): Shell[] {
  if (agent?.adapter !== 'terminal' || agent.launchId === undefined) return []
  const isRunning = agent.pid !== undefined
  return [{ id: agent.launchId, name: 'agent', hint: isRunning ? 'running' : 'ended', isRunning, endedAt: agent.stoppedAt, terminal: undefined, log: undefined }]
}

export function useTerminals(workspaceId: string, worktreeId: string, agent: Agent | undefined, logs: readonly PaneLog[]) {
  const { data, error, refetch } = useQuery(terminalsQuery(workspaceId, worktreeId))
  const layout = useLayout(worktreeId)
  const terminals = [...ownOf(agent), ...(data?.terminals.flatMap(shellOf) ?? [])]
  const shells: Shell[] = [...terminals, ...logs.map(({ content, ...log }) => ({ ...log, endedAt: undefined, terminal: undefined, log: content }))]
  const find = (id: string | undefined) => shells.find((shell) => shell.id === id)
  const first = find(layout.first) ?? terminals.find(({ isRunning }) => isRunning) ?? shells[0]
  const second = find(layout.second)
  return {
    isKnown: data !== undefined,
    error,
    refetch: () => void refetch(),
    shells,
    first,
    second: second?.id === first?.id ? undefined : second,
    show: (id: string) => showInPane(worktreeId, id),
    /** As a person does: the keyboard goes along. */
    open(id: string) {
      if (find(id)?.log === undefined) wantKeyboard(id)
      showInPane(worktreeId, id)
    },
    split(id: string | undefined) {
      if (id !== undefined) wantKeyboard(id)
      setLayout(worktreeId, { ...(first && { first: first.id }), ...(id !== undefined && id !== first?.id && { second: id }) })
    },
  }
}
