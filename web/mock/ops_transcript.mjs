// Messages and turns of the mock's agents, from the events of their streams.
import { ApiError, notFound } from './world.mjs'

const topicOf = (agentId) => `agent/${agentId}`
/** Not like one of `newId`: a prompt has such an id. */
export const idOf = (seq) => `msg_e${String(seq).padStart(25, '0')}`

/** What has been read of a stream so far; only its new events are read again. */
const folds = new WeakMap()

function newFold() {
  return { n: 0, messages: [], prompts: new Map(), queued: new Map(), tools: new Map(), turns: [], index: 0, cost: 0, files: new Set(), calls: 0 }
}

function add(fold, message) {
  if (message.parent === undefined) message.index = fold.index++
  fold.messages.push(message)
  return message
}

const effects = {
  message(fold, { payload, at }) {
    const { messageId: id, state, text, attachments } = payload
    const before = fold.queued.get(id) ?? fold.prompts.get(id)
    const message = { ...before, id, role: 'user', content: text ?? before?.content ?? '', createdAt: before?.createdAt ?? at, isComplete: true, state, ...(attachments && { attachments }) }
    fold.queued.delete(id)
    if (state === 'queued' || state === 'withdrawn') fold.messages = fold.prompts.delete(id) ? fold.messages.filter((one) => one.id !== id) : fold.messages
    if (state === 'queued') return void fold.queued.set(id, message)
    if (fold.prompts.has(id)) Object.assign(fold.prompts.get(id), message)
    else if (state !== 'withdrawn') fold.prompts.set(id, add(fold, message))
    if (state === 'sent') fold.turns.push({ index: fold.turns.length, messageId: id, at, firstLine: message.content.slice(0, 80), outcome: 'running', filesChanged: 0, toolCalls: 0 })
  },
  text(fold, { payload, at, seq }) {
    const { messageId = idOf(seq), text, parent, isError, isIncomplete, truncated, size } = payload
    const more = { ...(parent && { parent }), ...(isError && { isError }), ...(truncated && { truncated, size }) }
    add(fold, { id: messageId, role: 'assistant', content: text, createdAt: at, isComplete: !isIncomplete, ...more })
  },
  tool_start(fold, { payload, at, seq }) {
    const { toolId, name, title = '', input, parent } = payload
    const turn = fold.turns.at(-1)
    if (turn) turn.toolCalls++
    fold.tools.set(toolId, add(fold, { id: idOf(seq), role: 'tool', content: title, toolName: name, toolInput: input, createdAt: at, isComplete: false, ...(parent && { parent }) }))
  },
  tool_end(fold, { payload }) {
    const message = fold.tools.get(payload.toolId)
    const { output, isError, added, removed, exitCode, durationMs, path } = payload
    if (message) Object.assign(message, JSON.parse(JSON.stringify({ toolOutput: output, isComplete: true, isError: isError || undefined, added, removed, exitCode, durationMs })))
    const turn = fold.turns.at(-1)
    if (!turn || !path) return
    turn.files = new Set([...(turn.files ?? []), path])
    turn.filesChanged = turn.files.size
  },
  usage(fold, { payload }) {
    const turn = fold.turns.at(-1)
    if (turn) Object.assign(turn, { costMicros: (turn.costMicros ?? 0) + payload.costMicros })
  },
  turn_end(fold, { payload, at }) {
    const turn = fold.turns.at(-1)
    if (turn) Object.assign(turn, { outcome: payload.outcome, endedAt: at, durationMs: payload.durationMs ?? Date.parse(at) - Date.parse(turn.at) })
  },
}

function foldOf(world, agentId) {
  const { events } = world.streams.after(topicOf(agentId), 0, 0)
  const streams = folds.get(world.streams) ?? new Map()
  folds.set(world.streams, streams)
  let fold = streams.get(agentId)
  if (!fold || fold.first !== events[0]) fold = { ...newFold(), first: events[0] }
  streams.set(agentId, fold)
  for (; fold.n < events.length; fold.n++) effects[events[fold.n].type]?.(fold, events[fold.n])
  return fold
}

function allOf(world, agentId) {
  const { messages, queued } = foldOf(world, agentId)
  const queue = (world.agents.get(agentId)?.queue ?? []).map(({ messageId }) => messageId)
  return [...messages, ...[...queued.values()].toSorted((a, b) => queue.indexOf(a.id) - queue.indexOf(b.id))]
}

/** The place that an id, an index or a time names among rows of ascending time. */
function placeOf(rows, at, timeOf = ({ createdAt }) => createdAt) {
  const byId = rows.findIndex(({ id, messageId }) => id === at || messageId === at)
  if (byId >= 0) return byId
  if (at.startsWith('msg_')) throw notFound('message')
  const found = rows.findIndex((row) => (/^\d+$/.test(at) ? row.index >= Number(at) : timeOf(row) >= at))
  return found < 0 ? rows.length : found
}

function cut(rows, { before, after, around, limit }, timeOf) {
  const n = Number(limit)
  if (after !== undefined) {
    const from = placeOf(rows, after, timeOf) + 1
    return [from, Math.min(rows.length, from + n)]
  }
  if (around !== undefined) {
    const from = Math.max(0, Math.min(placeOf(rows, around, timeOf) - Math.floor(n / 2), rows.length - n))
    return [from, Math.min(rows.length, from + n)]
  }
  const to = before === undefined ? rows.length : placeOf(rows, before, timeOf)
  return [Math.max(0, to - n), to]
}

const inSubagents = (message) => message.parent !== undefined

const textsOf = ({ content, toolInput, toolOutput }) =>
  [['content', content], ['input', toolInput && JSON.stringify(toolInput)], ['output', toolOutput]].filter(([, text]) => text)

function hitsIn(message, pattern) {
  const { id: messageId, index, parent, role, toolName, isError, createdAt } = message
  return textsOf(message).flatMap(([part, text]) =>
    [...text.matchAll(pattern)].map((match) => {
      const [start, end] = [match.index, match.index + match[0].length]
      const from = Math.max(0, start - 60)
      const place = { start, end, excerpt: text.slice(from, end + 60), excerptStart: start - from, excerptEnd: end - from }
      return { messageId, index, parent, role, toolName, isError, createdAt, part, kind: role === 'tool' ? 'tool' : 'text', ...place }
    }),
  )
}

export const transcriptOps = {
  get_agent_messages: (world, { agentId, includeSubagents, limit = 100, ...place }) => {
    const rows = allOf(world, agentId).filter((message) => includeSubagents || !inSubagents(message))
    const [from, to] = cut(rows, { limit, ...place })
    const messages = rows.slice(from, to)
    const [hasMore, hasNewer] = [from > 0 && messages.length > 0, to < rows.length && messages.length > 0]
    const body = { messages, total: rows.length, hasMore, hasNewer, ...(hasMore && { nextCursor: messages[0].id }), ...(hasNewer && { previousCursor: messages.at(-1).id }) }
    return { body, cursors: [world.streams.cursor(topicOf(agentId))] }
  },
  list_doubtful_messages: (world, { agentId, limit = 100 }) => {
    const ids = agentId === undefined ? [...world.agents.keys()] : [agentId]
    const all = ids.flatMap((id) => allOf(world, id).filter(({ state }) => state === 'delivery_unknown').map((message) => ({ agentId: id, ...message })))
    return { body: { messages: all.slice(0, limit), hasMore: all.length > limit }, ...(agentId !== undefined && { cursors: [world.streams.cursor(topicOf(agentId))] }) }
  },
  get_message: (world, { agentId, messageId }) => {
    const found = world.messages.get(messageId) ?? allOf(world, agentId).find(({ id }) => id === messageId)
    if (!found) throw notFound('message')
    return { body: found }
  },
  list_turns: (world, { agentId, limit = 100, ...place }) => {
    const all = foldOf(world, agentId).turns.map(({ files, ...turn }) => turn)
    const [from, to] = cut(all, { limit, ...place }, ({ at }) => at)
    return { body: { turns: all.slice(from, to), total: all.length, hasMore: from > 0, hasNewer: to < all.length }, cursors: [world.streams.cursor(topicOf(agentId))] }
  },
  list_commands: (world, { agentId }) => ({ body: { commands: world.agents.get(agentId)?.commands ?? world.commands } }),
  find_in_messages: (world, { agentId, q, regex, caseSensitive, roles, kinds, onlyErrors, limit = 100 }) => {
    let pattern
    try {
      pattern = new RegExp(regex ? q : q.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), caseSensitive ? 'g' : 'gi')
    } catch {
      throw new ApiError(400, 'VALIDATION_ERROR', 'q: missing closing parenthesis', { q: ['missing closing parenthesis'] })
    }
    const all = allOf(world, agentId).filter((message) => {
      const kind = message.role === 'tool' ? 'tool' : 'text'
      return (!roles || roles.includes(message.role)) && (!kinds || kinds.includes(kind)) && (!onlyErrors || message.isError)
    })
    const hits = all.flatMap((message) => hitsIn(message, pattern)).slice(0, Number(limit))
    return { body: { hits, looked: all.length, total: all.length, gaveUp: 0 } }
  },
}
