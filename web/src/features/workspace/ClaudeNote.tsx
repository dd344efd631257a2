import { useQuery } from '@tanstack/react-query'
import { systemQuery } from '~/api/queries'
import { CopyButton } from '~/ui/CodeBlock'
import { Icon } from '~/ui/Icon'

/** Says what is missing before an agent can run, with the command that fixes it. */
export function ClaudeNote() {
  const system = useQuery(systemQuery())
  if (!system.data || system.data.isDemo) return null
  const { found, notExecutable, login, loginCommand, installCommand } = system.data.claude
  if (found && login !== 'logged_out') return null
  const command = found ? loginCommand : installCommand
  const [what, advice] = found
    ? ['Claude Code is not logged in.', 'Log in once in a terminal to run agents with your account.']
    : notExecutable
      ? ['Claude Code is not executable.', 'Make it executable to run agents.']
      : ['Claude Code is not installed.', 'Install it to run agents.']
  return (
    <section aria-label="Claude Code" className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-line2 bg-bg2 p-3">
      <Icon name="info" className="text-accent" />
      <p className="min-w-48 flex-1">
        <strong className="font-semibold">{what}</strong> {advice}
      </p>
      <span className="flex max-w-full items-center gap-1 rounded-md border border-line bg-bg1 py-0.5 pr-0.5 pl-2">
        <code className="truncate font-mono text-sm">{command}</code>
        <CopyButton text={command} label="Copy command" />
      </span>
    </section>
  )
}
