import { table } from 'virtual:types'

/** Enough to see what is wrong. */
const mostFaults = 5

type Fault = { path: string; text: string }

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function faultsOfFields(fields: Readonly<Record<string, string>>, value: unknown, path: string): Fault[] {
  if (!isRecord(value)) return [{ path, text: 'is not an object' }]
  const known = Object.entries(fields).flatMap(([name, type]): Fault[] => {
    const at = `${path}.${name}`
    if (value[name] === undefined) return type.startsWith('?') ? [] : [{ path: at, text: 'is missing' }]
    return faultsOf(type.replace('?', ''), value[name], at)
  })
  const others = Object.keys(value).filter((name) => !(name in fields))
  return [...known, ...others.map((name) => ({ path: `${path}.${name}`, text: 'is unknown' }))]
}

function faultsOf(type: string, value: unknown, path: string): Fault[] {
  if (type === 'unknown') return []
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) return [{ path, text: 'is not a list' }]
    return value.flatMap((item, n) => faultsOf(type.slice(0, -2), item, `${path}[${n}]`))
  }
  const words = table.words[type]
  if (words) return typeof value === 'string' && words.includes(value) ? [] : [{ path, text: `is not one of ${words.join(', ')}` }]
  const fields = table.types[type]
  if (fields) return faultsOfFields(fields, value, path)
  return typeof value === type ? [] : [{ path, text: `is not a ${type}` }]
}

/** What is wrong with the value; empty: nothing. */
export function checkType(type: string, value: unknown): readonly string[] {
  const faults = faultsOf(type, value, '')
  return faults.slice(0, mostFaults).map(({ path, text }) => `${path.replace(/^\./, '') || 'it'} ${text}`)
}

/** What is wrong with an answer. An operation that answers nothing may answer an empty object. */
export function checkAnswer(op: string, body: unknown): readonly string[] {
  const type = table.outputs[op]
  return type === undefined || type === 'undefined' ? [] : checkType(type, body)
}

/** What is wrong with an event's payload. A kind that is not known means nothing. */
export function checkEvent(kind: string, payload: unknown): readonly string[] {
  const type = table.events[kind]
  return type === undefined ? [] : checkType(type, payload)
}
