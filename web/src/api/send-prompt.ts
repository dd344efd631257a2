import { call } from '~/api/client'
import type { AgentOverview, ScriptRun } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { plainOutput } from '~/lib/ansi'
import { fenced } from '~/lib/fence'
import { toast, toastError } from '~/ui/toasts'

/** Agents of a worktree that take prompts. */
export const promptable = (agents: readonly AgentOverview[], worktreeId: string) => agents.filter((agent) => agent.worktreeId === worktreeId && agent.adapter !== 'terminal')

/** A prompt that something on the page makes; the toast says what became of it. */
export function useSendPrompt() {
  const { mutate, mutateAsync, isPending } = useAct('send_message_to_agent', ({ status, running }) => toast(saidOf(status, running)), 'toasted')
  return { send: (agentId: string, content: string) => mutate({ agentId, content }), sendNow: mutateAsync, isPending }
}

function saidOf(status: 'sent' | 'queued', isRunning: boolean): string {
  if (status === 'sent') return 'Sent to the agent'
  return isRunning ? 'Queued: the agent is at work' : 'Queued: the agent gets it when it starts'
}

const mostLogBytes = 16 * 1024

/** The end of a failed run's output as a prompt, quoted, so that what it printed is not read as a person's words. */
export async function logPrompt(run: ScriptRun & { id: string }): Promise<string> {
  const offset = Math.max(0, run.logBytes - mostLogBytes)
  const { body } = await call('get_script_log', { runId: run.id, offset })
  const code = run.exitCode ? ` with exit code ${run.exitCode}` : ''
  const part = body.offset > 0 ? 'The end of its output' : 'Its output'
  return `The ${run.kind} “${run.name}” failed${code}. It runs \`${run.command}\`. Find the cause and mend it.\n\n${part}:\n\n${fenced(plainOutput(body.text).slice(-mostLogBytes))}`
}

/** "Send log to agent": the output of a run that failed, to an agent of its worktree. */
export function useSendLog() {
  const { send, isPending } = useSendPrompt()
  const sendLog = (agentId: string, run: ScriptRun & { id: string }) =>
    void logPrompt(run).then(
      (content) => send(agentId, content),
      (error: unknown) => error instanceof Error && toastError(error),
    )
  return { sendLog, isPending }
}
