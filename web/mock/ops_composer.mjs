// What the composer and the panes beside it read: the end of a conversation, turns, commands, files, attachments, evidence.
import { ApiError, newId, notFound } from './world.mjs'

const get = (map, id, what) => {
  const found = map.get(id)
  if (!found) throw notFound(what)
  return found
}

/** The prompts of an agent as its events tell them, in their order; queued ones last. */
function promptsOf(world, agentId) {
  const prompts = new Map()
  for (const { type, payload, at } of world.streams.after(`agent/${agentId}`, 0, 0).events) {
    if (type !== 'message') continue
    const { messageId, state, text, attachments } = payload
    const before = prompts.get(messageId) ?? { id: messageId, agentId, role: 'user', content: '', createdAt: at, isComplete: true }
    const whole = world.messages.get(messageId)?.content
    const isCut = whole !== undefined && text !== undefined && whole !== text
    prompts.set(messageId, { ...before, state, ...(text !== undefined && { content: text }), ...(isCut && { truncated: true }), ...(attachments && { attachments }) })
  }
  const all = [...prompts.values()].filter(({ state }) => state !== 'withdrawn')
  const queue = get(world.agents, agentId, 'agent').queue ?? []
  const place = ({ id }) => queue.findIndex(({ messageId }) => messageId === id)
  return [...all.filter(({ state }) => state !== 'queued'), ...all.filter(({ state }) => state === 'queued').sort((a, b) => place(a) - place(b))]
}

function queued(agent, messageId) {
  const found = agent.queue?.find((one) => one.messageId === messageId)
  if (!found) throw new ApiError(409, 'CONFLICT', 'this message is no longer queued')
  return found
}

const most = 32 * 2 ** 20

function typeOf(bytes) {
  return bytes.subarray(1, 4).toString() === 'PNG' ? 'image/png' : 'text/plain'
}

export const composerOps = {
  update_message: (world, { agentId, messageId, content }) => {
    const agent = get(world.agents, agentId, 'agent')
    queued(agent, messageId).text = content
    world.emit(agent, 'message', { messageId, state: 'queued', text: content, isEdited: true })
    return { body: promptsOf(world, agentId).find(({ id }) => id === messageId) }
  },
  reorder_messages: (world, { agentId, messageIds }) => {
    const agent = get(world.agents, agentId, 'agent')
    if (messageIds.length !== (agent.queue ?? []).length) throw new ApiError(409, 'CONFLICT', 'a message of the queue is missing')
    agent.queue = messageIds.map((id) => queued(agent, id))
    world.emit(agent, 'queue', { ids: messageIds })
    return { body: { ids: messageIds } }
  },
  send_message_now: (world, { agentId, messageId, interrupt }) => {
    const agent = get(world.agents, agentId, 'agent')
    const message = queued(agent, messageId)
    agent.queue = [message, ...agent.queue.filter((one) => one !== message)]
    world.emit(agent, 'queue', { ids: agent.queue.map((one) => one.messageId) })
    if (interrupt) {
      world.interrupted.push(world.turns.get(agentId))
      agent.abort?.abort()
    }
    return { body: { messageId, status: 'queued', waitsFor: 'turn', ...(interrupt && { isInterrupted: true }) }, status: 202 }
  },
  create_attachment: (world, { name = 'file' }, bytes) => {
    if (bytes.length > most) throw new ApiError(413, 'TOO_LARGE', 'a file has at most 32 MiB')
    if (name.includes('refused')) throw new ApiError(413, 'TOO_LARGE', 'all attachments together have at most 4 GiB')
    const attachment = { id: newId('att'), name, mediaType: typeOf(bytes), size: bytes.length, sha256: '0'.repeat(64), isUsed: false, createdAt: world.now() }
    world.attachments.set(attachment.id, { ...attachment, bytes })
    return { body: attachment, status: 201 }
  },
  get_attachment_content: (world, { attachmentId }) => {
    const { bytes, mediaType } = get(world.attachments, attachmentId, 'attachment')
    return { bytes, mediaType }
  },
  list_agent_sessions: (world, { agentId }) => ({ body: { sessions: world.sessions?.get(agentId) ?? [] } }),
  get_agent_evidence: (world, { agentId }) => ({ body: evidenceOf(world, get(world.agents, agentId, 'agent')) }),
}

const ago = (seconds) => new Date(Date.now() - 1000 * seconds).toISOString()

function evidenceOf(world, agent) {
  const { status, statusReason: reason, statusSource: source, statusSince: since, statusDetail: detail, retryAt, backgroundCommands } = agent
  const isAlive = agent.pid !== undefined
  const launchId = newId('lch')
  const process = { state: 'S', cpuMs: 41_200, startedAt: ago(720) }
  const isWaiting = status === 'waiting'
  return {
    agentId: agent.id,
    lookedAt: world.now(),
    status: { status, reason, source, ...(since && { since }), ...(detail && { detail }), ...(retryAt && { retryAt }), ...(backgroundCommands && { backgroundCommands }) },
    sources: [
      { source, status, reason, what: isWaiting ? 'ask' : 'turn_end', isAct: false, at: since ?? ago(40), launchId, offset: 184_320, index: 0 },
      { source: 'process', status: 'running', reason: 'starting', what: 'launched', isAct: true, at: ago(725) },
    ],
    waitsFor: isWaiting ? [{ kind: 'answer', reason: 'permission', detail: 'Bash', requestId: 'r1' }] : isAlive ? [{ kind: 'prompt' }] : [{ kind: 'start' }],
    expected: isWaiting ? [{ kind: 'ask_answered' }, { kind: 'exit', deadline: new Date(Date.now() + 3_600_000).toISOString(), by: 'limit.wall' }] : [],
    ...(isAlive && {
      launchId,
      hold: { state: 'linked', pid: 4700, hasLock: true, heardAt: ago(3), inputs: 4, inputsAccepted: 4, inputsDelivered: 4 },
      log: { end: 184_960, derived: 184_960, backlog: 0, derivation: 'idle', last: { at: ago(41), channel: 'stdout', offset: 184_320, size: 640 } },
      memory: { usedBytes: 412 * 2 ** 20, measuredBy: 'sum', limitBytes: 4 * 2 ** 30, limitedBy: 'sampled', sampledBytes: 410 * 2 ** 20 },
    }),
    processes: isAlive
      ? [
          { ...process, pid: 4700, parent: 1, program: 'muster-hold', command: 'muster-hold', rssBytes: 800_000, isHold: true },
          { ...process, pid: agent.pid, parent: 4700, program: 'claude', command: 'claude --output-format stream-json', rssBytes: 390 * 2 ** 20 },
          { ...process, pid: 4790, parent: agent.pid, program: 'node', command: 'node server.js', state: 'R', rssBytes: 21 * 2 ** 20 },
        ]
      : [],
    processCount: isAlive ? 3 : 0,
    isCut: false,
    problems: isAlive ? ['the memory of one process could not be read'] : [],
  }
}
