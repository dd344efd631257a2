import type { Ask, Rule, RuleCreate, RuleDecision } from '~/api/generated'
import { textAt } from '~/lib/json'

/** Where a rule holds. */
export type Scope = 'everywhere' | 'workspace' | 'worktree' | 'agent'

/** What a person edits in one line: `Bash(cargo test **)`. */
export type Draft = { text: string; scope: Scope }

/** A word that a pattern may hold as it is; the daemon quotes nothing for us. */
const plainWord = /^[\w@%+=:,./-]+$/
/** Programs whose first argument is a command of their own. */
const withVerbs = new Set('git cargo npm pnpm yarn go docker kubectl make dotnet mvn gradle pip uv poetry bundle gh rustup deno bun'.split(' '))

/** The program and its verb, and any further words. */
function commandPattern(command: string): string {
  const [line = ''] = command.split(/[\n;&|<>()]/)
  const all = line.trim().split(/\s+/)
  const end = all.findIndex((word) => !plainWord.test(word))
  const plain = end < 0 ? all : all.slice(0, end)
  const [program = ''] = plain
  const head = plain.slice(0, withVerbs.has(program) && plain.length > 1 ? 2 : 1)
  const isRunner = ['npm', 'pnpm', 'yarn', 'bun'].includes(program) && head[1] === 'run' && plain[2] !== undefined
  const kept = isRunner ? plain.slice(0, 3) : head
  if (kept.length === 0) return ''
  return all.length > kept.length || end >= 0 ? `${kept.join(' ')} **` : kept.join(' ')
}

/** The folder of the file and all below it; the file itself at the top. */
function pathPattern(path: string, root: string | undefined): string {
  const inside = root !== undefined && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path
  const quoted = inside.replace(/[*?\\]/g, '\\$&')
  const slash = quoted.lastIndexOf('/')
  return slash <= 0 ? quoted : `${quoted.slice(0, slash)}/**`
}

/** Which argument the part in brackets is about. */
export type Field = 'command' | 'path'

export function fieldOf(input: unknown): Field {
  return textAt(input, 'command') === undefined ? 'path' : 'command'
}

/** A first proposal, to be edited: wider than this one call, and never the tool alone where more is known. */
export function proposal({ tool, input }: Pick<Ask, 'tool' | 'input'>, root: string | undefined): string {
  const command = textAt(input, 'command')
  const path = textAt(input, 'file_path')
  const pattern = command !== undefined ? commandPattern(command) : path !== undefined ? pathPattern(path, root) : ''
  return pattern === '' ? tool : `${tool}(${pattern})`
}

type Values = Pick<RuleCreate, 'tool' | 'command' | 'path'>

/** `Tool(pattern)` or `Tool`; undefined where brackets do not match. */
export function readPattern(text: string, field: Field): Values | undefined {
  const trimmed = text.trim()
  const open = trimmed.indexOf('(')
  if (open < 0) return trimmed === '' ? undefined : { tool: trimmed }
  if (!trimmed.endsWith(')')) return undefined
  const [tool, pattern] = [trimmed.slice(0, open).trim(), trimmed.slice(open + 1, -1).trim()]
  if (pattern === '') return undefined
  return { ...(tool !== '' && tool !== '*' && { tool }), [field]: pattern }
}

type Place = Pick<Ask, 'workspaceId' | 'worktreeId' | 'subjectId'>

export function scoped(scope: Scope, { workspaceId, worktreeId, subjectId }: Place): Pick<RuleCreate, 'workspaceId' | 'worktreeId' | 'agentId'> {
  switch (scope) {
    case 'everywhere':
      return {}
    case 'workspace':
      return workspaceId === undefined ? {} : { workspaceId }
    case 'worktree':
      return worktreeId === undefined ? {} : { worktreeId }
    case 'agent':
      return { agentId: subjectId }
    default:
      return scope satisfies never
  }
}

/** The rule that the draft would be; undefined while it cannot be read. */
export function ruleOf(draft: Draft, ask: Pick<Ask, 'input'> & Place, decision: RuleDecision): RuleCreate | undefined {
  const values = readPattern(draft.text, fieldOf(ask.input))
  return values && { decision, ...values, ...scoped(draft.scope, ask) }
}

/** As the daemon writes it into the answers: "allow Bash: cargo test **". */
export function ruleText({ decision, tool, path, command }: Pick<Rule, 'decision' | 'tool' | 'path' | 'command'>): string {
  return `${decision} ${tool ?? 'any tool'}${path === undefined ? '' : ` on ${path}`}${command === undefined ? '' : `: ${command}`}`
}

/** As the one line of an editor. */
export function patternText({ tool, path, command }: Pick<Rule, 'tool' | 'path' | 'command'>): string {
  const parts = [command, path].filter((part) => part !== undefined)
  return parts.length === 0 ? (tool ?? 'any tool') : `${tool ?? '*'}(${parts.join(', ')})`
}
