// What belongs to the person: values under keys.
import { createHash } from 'node:crypto'
import { ApiError } from './world.mjs'

const topic = 'person/usr_00000000000000000000000000'
const most = 64 * 1024

function sorted(_key, part) {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
  return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
}

const at = (world, body) => ({ body, cursors: [world.streams.cursor(topic)] })

function checkKey(key) {
  if (!/^[\w/.:-]{1,200}$/.test(key)) throw new ApiError(400, 'VALIDATION_ERROR', 'a key has only letters, digits and / . _ : -')
}

export const personOps = {
  get_ui_state: (world, { key }) => at(world, world.uiStates.get(key) ?? { key }),
  list_ui_states: (world, { prefix = '' }) => {
    const states = [...world.uiStates.values()].filter(({ key }) => key.startsWith(prefix))
    return at(world, { states: states.sort((a, b) => (a.key < b.key ? -1 : 1)) })
  },
  put_ui_state: (world, { key, value, ifDigest }) => {
    checkKey(key)
    const before = world.uiStates.get(key)?.digest ?? ''
    if (ifDigest !== undefined && ifDigest !== before) throw new ApiError(409, 'CONFLICT', 'something else is stored under this key', { digest: [before] })
    const text = JSON.stringify(value, sorted)
    if (text && Buffer.byteLength(text) > most) throw new ApiError(413, 'TOO_LARGE', 'the value is larger than 64 KiB')
    return { body: putUiState(world, key, value) }
  },
}

/** What another device of the person stores. */
export function putUiState(world, key, value) {
  const before = world.uiStates.get(key)?.digest ?? ''
  const text = JSON.stringify(value, sorted)
  const digest = text && createHash('sha256').update(text).digest('hex')
  const state = { key, ...(text && { value: JSON.parse(text), digest, updatedAt: world.now() }) }
  if (text) world.uiStates.set(key, state)
  else world.uiStates.delete(key)
  if (digest !== before) world.streams.emit(topic, 'person_state', { key, ...(digest && { digest }) })
  return state
}
