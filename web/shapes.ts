// Tables of shapes for the page, read from what muster-gen writes: forms of operations that have none of their own, and the
// types that the page checks answers by. Nothing here is a second list: they are made again with each build.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { readTypes } from './read-types.mjs'
import type { FieldShape, OpForm } from './src/api/shape-types'

type Schema = {
  $ref?: string
  anyOf?: Schema[]
  type?: string | string[]
  enum?: string[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  description?: string
  default?: string | number | boolean
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  'x-max-bytes'?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
}
type Parameter = { name?: string; required?: boolean; description?: string; schema?: Schema }
type Operation = {
  operationId: string
  summary: string
  'x-role': string
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: Schema }> }
}
type OpenApi = { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Schema> } }
type Given = { name: string; schema: Schema; isRequired: boolean; doc: string }

/** Says nothing that a form could check. */
const anyText = '^[^\\u0000]*$'
const idPattern = /^\^([a-z]+_)\[0-7]/
/** A group inside a group inside a group has no form; its JSON is written. */
const deepest = 2

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')
}

function resolve(api: OpenApi, schema: Schema): Schema {
  const one = schema.anyOf?.find(({ type }) => type !== 'null') ?? schema
  const named = one.$ref === undefined ? one : api.components.schemas[one.$ref.split('/').at(-1) ?? '']
  return { ...named, ...(schema.default !== undefined && { default: schema.default }) }
}

const typeOf = ({ type }: Schema) => (Array.isArray(type) ? type.find((one) => one !== 'null') : type)

function textOf(schema: Schema): Partial<FieldShape> {
  const of = idPattern.exec(schema.pattern ?? '')?.[1]
  if (of !== undefined) return { kind: 'id', of }
  return {
    kind: 'text',
    min: schema.minLength,
    max: schema.maxLength,
    ...(schema['x-max-bytes'] !== undefined && { isBytes: true }),
    ...(schema.format !== undefined && { format: schema.format }),
    ...(schema.pattern !== anyText && { pattern: schema.pattern }),
  }
}

function kindOf(api: OpenApi, schema: Schema, depth: number): Partial<FieldShape> {
  if (schema.enum) return { kind: 'word', words: schema.enum }
  switch (typeOf(schema)) {
    case 'string':
      return textOf(schema)
    case 'integer':
    case 'number':
      return { kind: 'number', min: schema.minimum, max: schema.maximum }
    case 'boolean':
      return { kind: 'flag' }
    case 'object':
      return schema.properties && depth < deepest ? { kind: 'group', fields: fieldsOf(api, schema, depth + 1) } : { kind: 'json' }
    default:
      return { kind: 'json' }
  }
}

function fieldOf(api: OpenApi, { name, schema, isRequired, doc }: Given, depth: number): FieldShape {
  const own = resolve(api, schema)
  const head = { name, doc, ...(isRequired && { isRequired: true }), ...(own.default !== undefined && { usual: own.default }) }
  if (typeOf(own) !== 'array') return { ...head, kind: 'json', ...kindOf(api, own, depth) }
  const item = kindOf(api, resolve(api, own.items ?? {}), deepest)
  return { ...head, ...item, kind: item.kind ?? 'json', isList: true, least: own.minItems, most: own.maxItems }
}

function fieldsOf(api: OpenApi, { properties = {}, required = [] }: Schema, depth: number): FieldShape[] {
  const given = Object.entries(properties).map(([name, schema]) => ({ name, schema, isRequired: required.includes(name), doc: schema.description ?? '' }))
  return given.map((one) => fieldOf(api, one, depth))
}

/** The command line of each operation, and its fields in the order in which words without an option are taken. */
function readCommands(docs: string): ReadonlyMap<string, { command: string; order: readonly string[] }> {
  const sections = docs.split('\n### ').slice(1)
  return new Map(
    sections.map((section) => {
      const name = section.slice(0, section.indexOf('\n'))
      const command = /command line `muster ([^`]+)`/.exec(section)?.[1] ?? ''
      return [name, { command, order: [...section.matchAll(/^\| `(\w+)`/gm)].map((match) => match[1] ?? '') }]
    }),
  )
}

/** Their answer holds for what is on screen, by its digest or head: only the pages that show it offer them. */
const bound = new Set(['answer_ask', 'land_worktree', 'land_worktrees'])

/** The operations that a person can call from a form: those of the command line whose input is not bytes. */
export function readForms(api: OpenApi, docs: string): readonly OpForm[] {
  const commands = readCommands(docs)
  const calls = Object.values(api.paths).flatMap((methods) => Object.entries(methods))
  return calls.flatMap(([method, op]): OpForm[] => {
    const { command = '', order = [] } = commands.get(op.operationId) ?? {}
    const contents = op.requestBody?.content
    if (!command || bound.has(op.operationId) || (contents && !contents['application/json'])) return []
    const given = (op.parameters ?? []).flatMap(({ name, schema, required = false, description = '' }) =>
      name && schema ? [{ name, schema, isRequired: required, doc: description }] : [],
    )
    const body = contents?.['application/json']?.schema
    const fields = [...given.map((one) => fieldOf(api, one, 0)), ...(body ? fieldsOf(api, resolve(api, body), 0) : [])]
    fields.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
    return [{ name: op.operationId, doc: op.summary, command, ...(method !== 'get' && { isWriting: true }), ...(method === 'delete' && { isRemoving: true }), fields }]
  })
}

/** Where each operation is found over HTTP, by its name. */
export function readRoutes(generated: string): Readonly<Record<string, string>> {
  const table = /^export const operations = \{\n([^]*?)^\}/m.exec(generated)?.[1] ?? ''
  return Object.fromEntries([...table.matchAll(/^ {2}(\w+): '([^']+)',$/gm)].map(([, name = '', route = '']) => [name, route]))
}

/** What is asked before the socket is open and Home is painted, and by a page without a token; all else is a call by its name, or can wait for its route. */
const first = new Set(['redeem_start_code', 'get_sign_in', 'get_system', 'get_health', 'get_overview', 'list_asks', 'list_settings', 'get_usage'])

function firstRoutes(routes: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(routes).filter(([name]) => first.has(name)))
}

const modules: Record<string, () => object> = {
  'virtual:routes': () => ({ routes: readRoutes(read('./src/api/generated.ts')) }),
  'virtual:first-routes': () => ({ routes: firstRoutes(readRoutes(read('./src/api/generated.ts'))) }),
  'virtual:forms': () => ({ forms: readForms(JSON.parse(read('../openapi.json')), read('../docs/api.md')) }),
  'virtual:types': () => ({ table: readTypes(read('./src/api/generated.ts')) }),
}

export function shapes(): Plugin {
  return {
    name: 'muster-shapes',
    resolveId: (id) => (id in modules ? `\0${id}` : undefined),
    load(id) {
      const made = modules[id.slice(1)]?.()
      return made && Object.entries(made).map(([name, value]) => `export const ${name} = JSON.parse(${JSON.stringify(JSON.stringify(value))})`).join('\n')
    },
  }
}
