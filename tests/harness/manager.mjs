// The shapes of the first source (Claude Manager), field by field.
import assert from 'node:assert/strict'

export const text = (value) => typeof value === 'string'
export const count = (value) => Number.isInteger(value) && value >= 0
export const flag = (value) => typeof value === 'boolean'
export const texts = (value) => Array.isArray(value) && value.every(text)
export const list = (value) => Array.isArray(value)
export const time = (value) => text(value) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) && !Number.isNaN(Date.parse(value))
export const id = (prefix) => (value) => text(value) && new RegExp(`^${prefix}_[a-z0-9]+$`).test(value)
export const oneOf = (...words) => (value) => words.includes(value)
export const someOf = (...words) => (value) => texts(value) && value.every((word) => words.includes(word))

/** Claude Manager's fields with its types. What it leaves out if empty is in `optional`. */
export const WORKSPACE = {
  fields: { id: id('ws'), name: text, path: text, worktreeCount: count, agentCount: count, createdAt: time, updatedAt: time },
}
export const WORKTREE = {
  fields: {
    id: id('wt'), workspaceId: id('ws'), name: text, branch: text, path: text, sortMode: oneOf('free', 'status', 'name'),
    displayOrder: count, isMain: flag, createdAt: time, updatedAt: time,
  },
}
export const AGENT = {
  fields: {
    id: id('ag'), worktreeId: id('wt'), name: text, status: oneOf('running', 'waiting', 'error', 'finished'),
    contextLevel: (value) => count(value) && value <= 100, mode: oneOf('auto', 'plan', 'regular'),
    permissions: someOf('read', 'write', 'execute'), displayOrder: count, createdAt: time, updatedAt: time,
  },
  optional: { pid: count, sessionId: text, startedAt: time, stoppedAt: time, deletedAt: time, parentAgentId: id('ag') },
}
export const MESSAGE = {
  fields: { id: id('msg'), agentId: id('ag'), role: oneOf('user', 'assistant', 'system', 'tool'), content: text, createdAt: time, isComplete: flag },
  optional: { tokenCount: count, toolName: text, toolInput: () => true, toolOutput: () => true },
}
export const STATUS = {
  fields: {
    id: id('ag'), status: AGENT.fields.status, processStatus: text, isRunning: flag, contextLevel: AGENT.fields.contextLevel,
  },
  optional: { pid: count },
}
export const GIT_STATUS = { fields: { isClean: flag, ahead: count, behind: count, modified: texts, staged: texts, untracked: texts } }
export const BRANCHES = { fields: { local: texts, remote: texts, current: text } }
export const WINDOW = { fields: { used: count, limit: count, resetTime: time } }
export const STATS = { fields: { tokensUsed: count, requestCount: count, inputTokens: count, outputTokens: count, errorCount: count } }

export function fits(value, { fields, optional = {} }, where) {
  for (const [name, holds] of Object.entries(fields)) {
    assert.ok(name in value, `${where}.${name} is missing`)
    assert.ok(holds(value[name]), `${where}.${name} is ${JSON.stringify(value[name])}`)
  }
  for (const [name, holds] of Object.entries(optional))
    if (name in value) assert.ok(holds(value[name]), `${where}.${name} is ${JSON.stringify(value[name])}`)
  assert.ok(Object.values(value).every((field) => field !== null), `${where} has an empty field: ${JSON.stringify(value)}`)
}
