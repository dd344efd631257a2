import type { AdapterName, AgentEffort, AgentLimits, AgentMode, AgentPermission, LaunchProfile, ProfileCreate } from '~/api/generated'
import { efforts, effortText, modes, modeText, permissions } from '~/lib/agent-words'
import { plural } from '~/lib/format'
import { isObject, listAt, textAt } from '~/lib/json'

export type Values = Omit<ProfileCreate, 'workspaceId'>

/** What a person set: without what the daemon adds. */
export function valuesOf({ id: _id, workspaceId: _of, displayOrder: _at, createdAt: _made, updatedAt: _changed, ...values }: LaunchProfile): Values {
  return values
}


/** "Claude Code, opus, plans, read, 2 variables". */
export function profileText({ adapter, command, model, effort, mode, permissions: allowed = [], environment = [], limits }: Values): string {
  const parts = [
    adapter === 'terminal' ? (command ?? []).join(' ') : adapter,
    model,
    effort === undefined ? undefined : effortText(effort).toLowerCase(),
    mode === undefined ? undefined : modeText(mode).toLowerCase(),
    allowed.length > 0 ? `may ${allowed.join(', ')}` : undefined,
    limits && Object.keys(limits).length > 0 ? 'own limits' : undefined,
    environment.length > 0 ? plural(environment.length, 'variable') : undefined,
  ]
  const text = parts.filter((part) => part !== undefined && part !== '').join(', ')
  return text === '' ? 'Everything as the settings have it' : text
}

export const adapterNames = ['claude', 'gemini', 'opencode', 'qwen', 'acp', 'codex', 'terminal'] as const satisfies readonly AdapterName[]
export const adapterOf = (text: string): AdapterName | '' => adapterNames.find((name) => name === text) ?? ''

/** A profile as its fields hold it. */
export type Fields = {
  name: string
  adapter: AdapterName | ''
  command: string
  model: string
  effort: AgentEffort | ''
  mode: AgentMode | ''
  permissions: readonly AgentPermission[]
  environment: string
  limits: Record<LimitName, string>
}
export type LimitName = keyof AgentLimits

export const limitTexts: Record<LimitName, string> = {
  wallSeconds: 'Run time, s',
  memoryMib: 'Memory, MiB',
  processes: 'Processes',
  outputMib: 'Output, MiB',
}
export const limitNames = ['wallSeconds', 'memoryMib', 'processes', 'outputMib'] as const satisfies readonly LimitName[]

const textOf = (value: number | undefined) => (value === undefined ? '' : String(value))

export function fieldsOf(profile: Partial<Values>): Fields {
  const { name = '', adapter = '', command = [], model = '', effort = '', mode = '', permissions: allowed = [], environment = [], limits = {} } = profile
  return {
    name,
    adapter,
    command: command.join('\n'),
    model,
    effort,
    mode,
    permissions: allowed,
    environment: environment.join('\n'),
    limits: {
      wallSeconds: textOf(limits.wallSeconds),
      memoryMib: textOf(limits.memoryMib),
      processes: textOf(limits.processes),
      outputMib: textOf(limits.outputMib),
    },
  }
}

/** Fields that were typed and not saved, as they were stored. */
export function parseFields(value: unknown): Fields | undefined {
  if (!isObject(value)) return undefined
  const text = (name: string) => textAt(value, name) ?? ''
  const [allowed, limits] = [listAt(value, 'permissions'), value['limits']]
  const limit = (name: LimitName) => textAt(limits, name) ?? ''
  return {
    name: text('name'),
    adapter: adapterOf(text('adapter')),
    command: text('command'),
    model: text('model'),
    effort: efforts.find((one) => one.value === text('effort'))?.value ?? '',
    mode: modes.find((one) => one.value === text('mode'))?.value ?? '',
    permissions: permissions.flatMap((one) => (allowed.includes(one.value) ? [one.value] : [])),
    environment: text('environment'),
    limits: { wallSeconds: limit('wallSeconds'), memoryMib: limit('memoryMib'), processes: limit('processes'), outputMib: limit('outputMib') },
  }
}

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '')

export const isNumber = (text: string) => /^\d*$/.test(text.trim())

/** What the fields mean; what is empty is left to the settings. */
export function valuesFrom(fields: Fields): Values {
  const { name, adapter, command, model, effort, mode, permissions: allowed, environment, limits } = fields
  const set = limitNames.filter((limit) => limits[limit].trim() !== '')
  return {
    name: name.trim(),
    ...(adapter !== '' && { adapter }),
    ...(adapter === 'terminal' && { command: linesOf(command) }),
    ...(model.trim() !== '' && { model: model.trim() }),
    ...(effort !== '' && { effort }),
    ...(mode !== '' && { mode }),
    ...(allowed.length > 0 && { permissions: [...allowed] }),
    ...(linesOf(environment).length > 0 && { environment: linesOf(environment) }),
    ...(set.length > 0 && { limits: Object.fromEntries(set.map((limit) => [limit, Number(limits[limit])])) }),
  }
}
