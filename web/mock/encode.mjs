// As the daemon encodes: a field that the shape lacks does not leave. What the shape has and the mock lacks, the page reports.
import { readFileSync } from 'node:fs'
import { readTypes } from '../read-types.mjs'

const { types, events, outputs } = readTypes(readFileSync(new URL('../src/api/generated.ts', import.meta.url), 'utf8'))

function encode(type, value) {
  if (type.endsWith('[]')) return Array.isArray(value) ? value.map((item) => encode(type.slice(0, -2), item)) : value
  const fields = types[type]
  if (!fields || typeof value !== 'object' || value === null) return value
  const known = Object.entries(value).filter(([name]) => name in fields)
  return Object.fromEntries(known.map(([name, part]) => [name, encode(fields[name].replace('?', ''), part)]))
}

export function encodeAnswer(op, answer) {
  const type = outputs[op]
  return answer.status < 400 && type && answer.body !== undefined ? { ...answer, body: encode(type, answer.body) } : answer
}

/** An event of a stream, or any other message, which stays as it is. */
export function encodeEvent(message) {
  const type = message.payload === undefined ? undefined : events[message.type]
  return type === undefined ? message : { ...message, payload: encode(type, message.payload) }
}
