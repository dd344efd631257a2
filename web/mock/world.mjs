// The mock's memory: workspaces, worktrees, agents and asks, and what events do to them.
import { createHash } from 'node:crypto'
import { Streams } from './streams.mjs'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
let counter = 0

/** Ids of the real form, in order of their making. */
export function newId(prefix) {
  counter++
  let tail = ''
  for (let rest = counter; tail.length < 26; rest = Math.floor(rest / 32)) tail = alphabet[rest % 32] + tail
  return `${prefix}_${tail}`
}

const org = 'org_00000000000000000000000000'
/** The topic of whoever uses the mock. */
export const orgTopic = (noun) => `${noun}/${org}`

export class ApiError extends Error {
  constructor(status, code, message, details) {
    super(message)
    Object.assign(this, { status, code, details })
  }
}

export const notFound = (what) => new ApiError(404, 'NOT_FOUND', `There is no such ${what}.`)

/** As the daemon's: what an answer is bound to. */
function digestOf(tool, input) {
  return createHash('sha256').update(JSON.stringify([tool, input])).digest('hex')
}

const cleanGit = { isClean: true, ahead: 0, behind: 0, modified: [], staged: [], untracked: [] }
const gitRest = { conflicted: [], unverified: [], isDetached: false, contentId: 'c0', truncated: false }

/** With how many paths each list holds, unless `git` says that it was cut. */
function counted(git, { counts } = {}) {
  const lists = ['modified', 'staged', 'untracked', 'conflicted', 'unverified']
  return { ...git, counts: { ...Object.fromEntries(lists.map((list) => [list, git[list].length])), ...counts } }
}

const SHOWN = 2000

/** An ask as lists and events show it: long arguments are cut, and only get_ask returns them whole. */
export function shortened(ask) {
  const size = JSON.stringify(ask.input ?? null).length
  if (size <= SHOWN) return ask
  const cut = (value) => (typeof value === 'string' ? value.slice(0, SHOWN / 10) : value)
  const input = Object.fromEntries(Object.entries(ask.input).map(([key, value]) => [key, cut(value)]))
  return { ...ask, input, truncated: true, size }
}

export class World {
  streams = new Streams()
  workspaces = new Map()
  worktrees = new Map()
  agents = new Map()
  asks = new Map()
  /** In their order. */
  rules = []
  /** What was sent to answer_ask. */
  answers = []
  /** With their whole text, where an event shows only the beginning of it. */
  messages = new Map()
  /** Of each agent: the prompt of its newest turn. */
  turns = new Map()
  /** The prompts whose turns were to end. */
  interrupted = []
  trash = new Map()
  attachments = new Map()
  /** Of every agent, unless it has its own. */
  commands = [
    { name: 'compact', text: 'Summarise the conversation so far', hint: '[instructions]', source: 'builtin' },
    { name: 'clear', text: 'Forget the conversation' },
    { name: 'review', text: 'Review the changes of this worktree' },
  ]
  /** Of every worktree. */
  paths = ['README.md', 'docs/flow.png', 'package.json', 'src/auth/login.ts', 'src/auth/login.test.ts', 'src/auth/session.ts', 'src/search/index.ts']
  /** Values of the person under keys. */
  uiStates = new Map()
  terminals = new Map()
  /** The logs of terminals, by their launches. */
  shells = new Map()
  /** MockEye of each id. */
  eyes = new Map()
  recordings = new Map()
  scripts = new Map()
  runs = new Map()
  deletedComments = new Map()
  /** What list_intents answers. */
  intents = []
  storage = { storeBytes: 4096, freeBytes: 0, storeCapBytes: 8 * 2 ** 30, logCapBytes: 20 * 2 ** 30, isOverCap: false, shares: [{ kind: 'events', bytes: 4096 }] }
  /** Those that differ from their defaults. */
  settings = {}
  /** Operations that fail. */
  failing = new Set()
  /** The inputs of the calls that failed so. */
  failed = []
  /** Topics that cannot be subscribed to. */
  refusing = new Set()
  /** The end of every name and text that this world emits; for tests of what a page does with it. */
  spoiled = ''
  /** As `spoiled`, for names and paths alone. */
  spoiledNames = ''
  /** Of each operation: how long its answer takes. */
  slownessMs = {}
  usage = { tokensUsed: 0, requestCount: 0, inputTokens: 0, outputTokens: 0, costMicros: 0, errorCount: 0 }
  system

  constructor(system) {
    this.system = system
  }

  now() {
    return new Date().toISOString()
  }

  /** What is found of the CLI from now on. */
  findClaude(claude) {
    this.system = { ...this.system, claude }
    this.streams.emit('app', 'system_updated', { cli: claude })
  }

  addWorkspace(name, path) {
    const id = newId('ws')
    const at = this.now()
    const workspace = { id, name, path, createdAt: at, updatedAt: at }
    this.workspaces.set(id, workspace)
    this.addWorktree(workspace, { name, branch: 'main', path, isMain: true })
    this.streams.emit(orgTopic('overview'), 'workspace_opened', { workspaceId: id, name, path })
    return workspace
  }

  addWorktree(workspace, { name, branch, path, isMain = false, git = {} }) {
    const id = newId('wt')
    const at = this.now()
    const worktree = {
      id,
      workspaceId: workspace.id,
      name,
      branch,
      path,
      sortMode: 'free',
      displayOrder: this.worktrees.size,
      isMain,
      isDetached: false,
      isMissing: false,
      createdAt: at,
      updatedAt: at,
      git: counted({ ...cleanGit, ...gitRest, branch, ...git }),
      files: [],
    }
    this.worktrees.set(id, worktree)
    this.emitWorktree(worktree, 'added')
    this.emitWorkspace(workspace.id, 'worktree_added')
    return worktree
  }

  notifyTrash(trashId, { id: worktreeId, workspaceId }, isThere) {
    this.streams.emit(orgTopic('overview'), 'trash_changed', { trashId, worktreeId, workspaceId, isThere })
  }

  /** Somebody deleted its folder. */
  loseTrash(trashId) {
    const { worktree } = this.trash.get(trashId)
    this.trash.delete(trashId)
    this.notifyTrash(trashId, worktree, false)
  }

  /** Into the trash; one whose folder is gone is forgotten. */
  remove(worktree) {
    const id = newId('trs')
    const { id: worktreeId, workspaceId, name, branch, path } = worktree
    const deadlineAt = new Date(Date.now() + 30 * 86_400_000).toISOString()
    const entry = { id, worktreeId, workspaceId, name, branch: `refs/heads/${branch}`, path, place: `/trash/${id}`, commonDir: '/home/me/harbor/.git', gitDir: `/home/me/harbor/.git/worktrees/${name}`, link: 'gitdir: …', backLink: `${path}/.git`, bytes: 4096, removedAt: this.now(), deadlineAt, isGone: false }
    this.worktrees.delete(worktreeId)
    if (!worktree.isMissing) {
      this.trash.set(id, { ...entry, worktree })
      this.notifyTrash(id, worktree, true)
    }
    this.emitWorktree(worktree, 'removed')
    this.emitWorkspace(workspaceId, 'worktree_removed')
  }

  /** Files of a worktree changed: what git says now. */
  setFiles(worktree, files, git, source = 'inotify') {
    worktree.files = files
    worktree.git = counted({ ...worktree.git, contentId: newId('c'), ...git }, git)
    worktree.source = source
    delete worktree.error
    this.streams.emit(`workspace/${worktree.workspaceId}`, 'git_status', { worktreeId: worktree.id, status: { ...worktree.git }, source })
    this.emitWorktree(worktree, 'git_status')
  }

  /** Its folder was deleted by another program. */
  loseFolder(worktree) {
    worktree.isMissing = true
    worktree.error = `the folder ${worktree.path} is gone`
    this.streams.emit(`workspace/${worktree.workspaceId}`, 'git_status', { worktreeId: worktree.id, source: 'inotify', error: worktree.error })
    this.emitWorktree(worktree, 'git_status')
  }

  addAgent(worktree, fields) {
    const id = newId('ag')
    const at = this.now()
    const agent = {
      id,
      worktreeId: worktree.id,
      workspaceId: worktree.workspaceId,
      name: fields.name ?? `agent ${this.agents.size + 1}`,
      status: 'finished',
      statusReason: 'not_started',
      statusSource: 'user',
      statusSince: at,
      contextLevel: 0,
      mode: fields.mode ?? 'regular',
      permissions: fields.permissions ?? ['read'],
      displayOrder: this.agents.size,
      adapter: fields.adapter ?? 'claude',
      isResumable: false,
      ...((this.system.isDemo || worktree.path.startsWith(`${this.system.home}/demo/`)) && { isDemo: true }),
      createdAt: at,
      updatedAt: at,
      ...(fields.command && { command: fields.command }),
      ...(fields.model && { model: fields.model }),
      ...(fields.profileId && { profileId: fields.profileId }),
      ...(fields.limits && { limits: fields.limits }),
    }
    this.agents.set(id, agent)
    this.emitAgentChange(agent, 'agent_added')
    return agent
  }

  emitWorkspace(workspaceId, change, data = {}) {
    this.streams.emit(`workspace/${workspaceId}`, 'workspace_updated', { workspaceId, change, data })
  }

  /** An agent as a whole came, went or changed. */
  emitAgentChange(agent, change) {
    this.emitWorkspace(agent.workspaceId, change, { ...agent })
    this.emitOverview(agent, change === 'agent_removed' ? ['removed'] : ['updated'])
  }

  emitInbox({ id, subjectKind, subjectId, state, decision, ruleId }) {
    this.streams.emit(orgTopic('inbox'), 'ask_changed', { id, subjectKind, subjectId, state, ...(decision && { decision }), ...(ruleId && { ruleId }) })
  }

  /** An event of an agent, on its own stream and, where a list shows it, on the workspace's. */
  emit(agent, type, payload, at) {
    const { topic, seq } = this.streams.emit(`agent/${agent.id}`, type, payload, at)
    if (parentKinds.has(type)) this.streams.emit(`workspace/${agent.workspaceId}`, type, payload, at, { topic, seq })
  }

  /** Its row in the overview. */
  overviewOf({ id, worktreeId, workspaceId, name, status, statusReason, statusSource, statusSince, statusDetail, retryAt, contextLevel, contextAssumed, mode, adapter, displayOrder, isDemo, lastLine, queue = [], tokens = 0, costMicros = 0, pid }) {
    const open = [...this.asks.values()].filter(({ subjectId, state }) => subjectId === id && state === 'open')
    const [first] = open
    const ask = first && { askId: first.id, askKind: first.kind, askTool: first.tool, askTitle: first.title, askAt: first.createdAt }
    const isInTurn = status === 'running' || status === 'waiting' || statusReason === 'no_room' || statusReason === 'suspended'
    const isRunning = isInTurn || pid !== undefined
    const rest = { contextLevel, ...(contextAssumed && { contextAssumed }), mode, adapter, displayOrder, ...(isDemo && { isDemo }), ...(lastLine && { lastLine }), tokens, costMicros, queueLength: queue.length, isRunning, isInTurn, openAsks: open.length }
    return { id, worktreeId, workspaceId, name, status, statusReason, statusSource, statusSince, ...(statusDetail && { statusDetail }), ...(retryAt && { retryAt }), ...rest, ...ask }
  }

  /** A worktree's row in the overview. */
  worktreeOf({ id, workspaceId, name, branch, path, sortMode, displayOrder, isMain, isDetached, git, files, behindBase, landed, error, source = 'inotify' }) {
    const sum = (key) => files.reduce((n, file) => n + (file[key] ?? 0), 0)
    const { staged, modified, untracked, conflicted, unverified } = git.counts
    const counts = { staged, modified, untracked, conflicted, unverified, ahead: git.ahead, behind: git.behind }
    const lines = { added: sum('added'), removed: sum('removed') }
    const base = isMain ? {} : { base: 'main', baseAhead: git.ahead, baseBehind: behindBase ?? git.behind, baseFiles: files.length, baseAdded: lines.added, baseRemoved: lines.removed, ...(landed && { isLanded: true }) }
    return { id, workspaceId, name, branch, isDetached, path, sortMode, displayOrder, isMain, ...counts, ...lines, ...base, contentId: git.contentId, source, ...(error && { error }) }
  }

  emitWorktree(worktree, ...changes) {
    this.streams.emit(orgTopic('overview'), 'overview_worktree', { data: this.worktreeOf(worktree), changes })
  }

  emitOverview(agent, changes) {
    this.streams.emit(orgTopic('overview'), 'overview_agent', { data: this.overviewOf(agent), changes })
  }

  /** Somebody answered it: here, elsewhere, or a rule. */
  settleAsk(ask, fields, answer = {}) {
    Object.assign(ask, { state: 'answered', answeredAt: this.now(), ...fields })
    const agent = this.agents.get(ask.subjectId)
    const { decision, message, answeredBy: by } = ask
    const input = decision !== 'deny' && answer.input ? { input: answer.input, ...(decision === 'allow' && { isEdited: true }) } : {}
    this.emit(agent, 'ask_answered', { askId: ask.id, requestId: ask.id, decision, by, ...(message && { message }), ...input })
    this.emitInbox(ask)
    this.emitOverview(agent, ['ask_answered'])
    ask.onAnswer?.(answer)
  }

  setStatus(agent, status, reason, detail, at = new Date(), retryAt = undefined) {
    const since = at.toISOString()
    Object.assign(agent, { status, statusReason: reason, statusSource: 'protocol', statusSince: since, statusDetail: detail, retryAt })
    this.emit(agent, 'status', { status, reason, source: 'protocol', since, ...(detail && { detail }), ...(retryAt && { retryAt }) }, at)
    this.emitOverview(agent, ['status'])
  }

  setContext(agent, used, window, isAssumed) {
    agent.contextLevel = Math.round((100 * used) / window)
    agent.contextAssumed = isAssumed
    this.emit(agent, 'context', { used, window, level: agent.contextLevel, ...(isAssumed && { isAssumed }) })
    this.emitOverview(agent, ['context'])
  }

  addUsage(agent, input, output, cacheRead, costMicros) {
    this.usage.tokensUsed += input + output + cacheRead
    this.usage.requestCount++
    this.usage.inputTokens += input + cacheRead
    this.usage.outputTokens += output
    this.usage.costMicros += costMicros
    const event = { model: 'scripted-model', input, output, cacheRead, cacheCreation: 0, costMicros, requests: 1 }
    this.emit(agent, 'usage', event)
    const window = { used: this.usage.tokensUsed, limit: 0, resetTime: this.now() }
    this.streams.emit(orgTopic('usage'), 'usage_updated', { daily: window, weekly: window })
  }

  openAsk(agent, kind, tool, title, input, more = {}, at = new Date()) {
    const ask = {
      id: newId('ask'),
      subjectKind: 'agent',
      subjectId: agent.id,
      worktreeId: agent.worktreeId,
      workspaceId: agent.workspaceId,
      kind,
      tool,
      title,
      input,
      digest: digestOf(tool, input),
      state: 'open',
      createdAt: at.toISOString(),
      ...more,
    }
    this.asks.set(ask.id, ask)
    this.emit(agent, 'ask', shortened({ askId: ask.id, requestId: ask.id, kind, tool, title, input, digest: ask.digest, ...more }), at)
    this.emitInbox(ask)
    this.setStatus(agent, 'waiting', kind, kind === 'permission' ? tool : undefined, at)
    return ask
  }

  closeAsks(agent) {
    for (const ask of this.asks.values()) {
      if (ask.subjectId !== agent.id || ask.state !== 'open') continue
      ask.state = 'void'
      this.emit(agent, 'ask_cancel', { askId: ask.id, requestId: ask.id, why: 'turn_end' })
      this.emitInbox(ask)
    }
  }

  agentsOf(worktreeId) {
    return [...this.agents.values()].filter((agent) => agent.worktreeId === worktreeId)
  }

  worktreesOf(workspaceId) {
    return [...this.worktrees.values()].filter((worktree) => worktree.workspaceId === workspaceId)
  }
}

const parentKinds = new Set(['status', 'ask', 'ask_cancel', 'ask_answered', 'context', 'usage', 'turn_end', 'notice', 'exit'])
