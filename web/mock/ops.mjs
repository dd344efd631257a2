// What each operation of the mock does. Sentinel names provoke errors: see README.md beside this file.
import { askOps } from './ops_asks.mjs'
import { boardOps } from './ops_board.mjs'
import { cloneOps } from './ops_clone.mjs'
import { composerOps } from './ops_composer.mjs'
import { diffOps } from './ops_diff.mjs'
import { doctorOps } from './ops_doctor.mjs'
import { eyeOps } from './ops_eyes.mjs'
import { filesOps } from './ops_files.mjs'
import { landingOps } from './ops_landing.mjs'
import { overviewOps } from './ops_overview.mjs'
import { personOps } from './ops_person.mjs'
import { pullOps } from './ops_pull.mjs'
import { recoveryOps } from './ops_recovery.mjs'
import { settingOps } from './ops_settings.mjs'
import { terminalOps } from './ops_terminal.mjs'
import { transcriptOps } from './ops_transcript.mjs'
import { usageOps } from './ops_usage.mjs'
import { workspaceOps } from './ops_workspace.mjs'
import { runAgent } from './scenarios.mjs'
import { ApiError, newId, notFound, orgTopic } from './world.mjs'

const get = (map, id, what) => {
  const found = map.get(id)
  if (!found) throw notFound(what)
  return found
}

const invalid = (field, text) => new ApiError(400, 'VALIDATION_ERROR', `${field}: ${text}`, { [field]: [text] })

function workspaceRow(world, workspace) {
  const worktrees = world.worktreesOf(workspace.id)
  const agentCount = worktrees.reduce((n, { id }) => n + world.agentsOf(id).filter((agent) => !agent.deletedAt).length, 0)
  return { ...workspace, worktreeCount: worktrees.length, agentCount }
}

function plainWorktree({ files, texts, headMessage, isFolded, git, isMissing, checkpoints, error, pictures, sizes, ignored, comments, ...worktree }) {
  return worktree
}

function worktreeRow(world, row) {
  const worktree = plainWorktree(row)
  const agents = world.agentsOf(worktree.id)
  const previous = agents.filter((agent) => agent.deletedAt)
  return {
    ...worktree,
    isMissing: row.isMissing,
    agents: agents.filter((agent) => !agent.deletedAt),
    previousAgents: previous.slice(0, 100),
    previousAgentCount: previous.length,
  }
}

function workspaceDetail(world, workspaceId) {
  const workspace = get(world.workspaces, workspaceId, 'workspace')
  if (workspace.name === 'broken') throw new ApiError(500, 'GIT_ERROR', 'git could not read this repository.')
  return { ...workspaceRow(world, workspace), worktrees: world.worktreesOf(workspaceId).map((row) => worktreeRow(world, row)) }
}

const at = (world, body, ...topics) => ({ body, cursors: topics.map((topic) => world.streams.cursor(topic)) })
const agentAnswer = (world, agent, status) => ({ ...at(world, agent, `agent/${agent.id}`), status })

function startAgent(world, agent, prompt) {
  if (agent.pid) throw new ApiError(409, 'CONFLICT', 'This agent runs already.')
  const install = world.system.claude.installCommand
  if (!world.system.claude.found) throw new ApiError(409, 'MISSING_CLI', `Claude Code is not installed: ${install}`)
  agent.pid = 4242
  agent.sessionId ??= newId('ses')
  agent.isResumable = true
  world.emit(agent, 'session', { sessionId: agent.sessionId, model: 'scripted-model', resumable: true })
  const text = prompt ?? agent.firstPrompt
  delete agent.firstPrompt
  if (text) sendNow(world, agent, newId('msg'), text)
  else world.setStatus(agent, 'finished', 'ready')
  if (!text) sendNext(world, agent)
  return agent
}

function sendNow(world, agent, messageId, text) {
  world.turns.set(agent.id, messageId)
  world.emit(agent, 'message', { messageId, state: 'sent', text })
  void runAgent(world, agent, text).then(() => sendNext(world, agent))
}

function sendNext(world, agent) {
  const next = agent.queue?.shift()
  if (next && agent.pid) sendNow(world, agent, next.messageId, next.text)
}

function bringBack(world, trashId) {
  const { worktree } = get(world.trash, trashId, 'entry of the trash')
  world.trash.delete(trashId)
  world.notifyTrash(trashId, worktree, false)
  world.worktrees.set(worktree.id, worktree)
  world.emitWorktree(worktree, 'added')
  world.emitWorkspace(worktree.workspaceId, 'worktree_added')
  return { body: plainWorktree(worktree) }
}

const folders = {
  '/home/me': ['atlas', 'harbor', 'notes', 'denied'],
  '/home/me/notes': [],
}

export const ops = {
  ...askOps,
  ...overviewOps,
  ...boardOps,
  ...cloneOps,
  ...landingOps,
  ...pullOps,
  ...personOps,
  ...composerOps,
  ...transcriptOps,
  ...settingOps,
  ...recoveryOps,
  ...diffOps,
  ...eyeOps,
  ...filesOps,
  ...workspaceOps,
  ...usageOps,
  ...doctorOps,
  ...terminalOps,
  get_sign_in: (world) => ({ body: { openCommand: `${world.system.command} open` } }),
  get_health: (world) => {
    if (world.illness) throw new ApiError(503, 'BUSY', world.illness, { database: ['is not well'], ...(world.isDiskFull && { space: ['is not well'] }), ...(world.illSince && { since: [world.illSince] }) })
    return { body: { status: 'ok', timestamp: '2026-11-22T10:00:00.000000Z', version: world.system.version, checks: {}, problems: [] } }
  },
  get_system: (world) => at(world, world.system, 'app'),
  get_storage: (world) => at(world, world.storage, 'app'),
  start_demo: (world) => {
    if (!world.system.claude.demoFound) throw new ApiError(409, 'MISSING_CLI', 'The demo needs Claude Code.')
    const workspace = world.addWorkspace('sample', `${world.system.home}/demo/sample`)
    return { body: { workspace: workspaceRow(world, workspace), modelUrl: 'http://127.0.0.1:1' } }
  },
  browse_folders: (world, { path = '/home/me' }) => {
    if (path.endsWith('denied')) throw new ApiError(403, 'FORBIDDEN', `${path} is outside of what Muster may show.`)
    const entries = (folders[path] ?? []).map((name) => ({
      name,
      path: `${path}/${name}`,
      isRepository: name === 'atlas' || name === 'harbor',
    }))
    return { body: { path, ...(path !== '/home/me' && { parent: '/home/me' }), entries, truncated: false } }
  },
  list_workspaces: (world) => {
    const workspaces = [...world.workspaces.values()].map((row) => workspaceRow(world, row))
    return at(world, { workspaces }, orgTopic('overview'))
  },
  create_workspace: (world, { path }) => {
    if (path.includes('plain')) throw invalid('path', 'not a git repository')
    const name = path.split('/').pop()
    if ([...world.workspaces.values()].some((row) => row.path === path))
      throw new ApiError(409, 'CONFLICT', 'This repository is open already.')
    return { body: workspaceRow(world, world.addWorkspace(name, path)), status: 201 }
  },
  get_workspace: (world, { workspaceId }) => at(world, workspaceDetail(world, workspaceId), `workspace/${workspaceId}`),
  refresh_workspace: (world, { workspaceId }) => at(world, workspaceDetail(world, workspaceId), `workspace/${workspaceId}`),
  delete_workspace: (world, { workspaceId }) => {
    const { name, path } = get(world.workspaces, workspaceId, 'workspace')
    world.workspaces.delete(workspaceId)
    world.streams.emit(orgTopic('overview'), 'workspace_closed', { workspaceId, name, path })
    return { status: 204 }
  },
  create_worktree: (world, { workspaceId, name, branch }) => {
    const workspace = get(world.workspaces, workspaceId, 'workspace')
    if (name === 'taken') throw new ApiError(409, 'CONFLICT', 'A folder of this name already exists there.')
    const path = `${workspace.path}-${name}`
    const made = plainWorktree(world.addWorktree(workspace, { name, branch, path }))
    return { body: name === 'hooked' ? { ...made, note: 'post-checkout: dependencies are missing' } : made, status: 201 }
  },
  delete_worktree: (world, { worktreeId, force }) => {
    const worktree = get(world.worktrees, worktreeId, 'worktree')
    if (!worktree.git.isClean && !force) throw new ApiError(409, 'CONFLICT', 'The worktree has changes.')
    world.remove(worktree)
    return { status: 204 }
  },
  list_trash: (world) => {
    const entries = [...world.trash.values()].map(({ worktree, isChanged, ...entry }) => entry)
    return at(world, { entries: entries.toReversed(), totalBytes: entries.reduce((n, { bytes }) => n + bytes, 0), capBytes: 20 * 2 ** 30, overdue: 0, isOverCap: false }, orgTopic('overview'))
  },
  restore_worktree: (world, { worktreeId }) => {
    const entry = [...world.trash.values()].find((one) => one.worktreeId === worktreeId)
    return bringBack(world, entry?.id)
  },
  restore_trash: (world, { trashId }) => bringBack(world, trashId),
  checkout_branch: (world, { workspaceId, worktreeId, branch }) => {
    const worktree = get(world.worktrees, worktreeId, 'worktree')
    if (!worktree.git.isClean) throw new ApiError(409, 'CONFLICT', 'Files have changes that a checkout would lose.', { modified: worktree.git.modified })
    worktree.branch = branch
    world.emitWorktree(worktree, 'updated')
    world.emitWorkspace(workspaceId, 'worktree_updated')
    return { body: plainWorktree(worktree) }
  },
  get_git_status: (world, { workspaceId, worktreeId }) => {
    const { git, headMessage } = get(world.worktrees, worktreeId, 'worktree')
    return at(world, { ...git, ...(headMessage && { headMessage }) }, `workspace/${workspaceId}`)
  },
  list_branches: (world, { worktreeId }) => {
    const current = get(world.worktrees, worktreeId, 'worktree').branch
    if (world.isUnborn) return { body: { local: [], remote: [], current } }
    return { body: { local: ['main', 'fix-login', 'release/2.1'], remote: ['dependabot/npm', 'main'], current } }
  },
  create_agent: (world, { worktreeId, initialPrompt, ...fields }) => {
    const named = { ...(initialPrompt && { name: initialPrompt.slice(0, 40) }), ...fields }
    const agent = world.addAgent(get(world.worktrees, worktreeId, 'worktree'), named)
    if (initialPrompt) agent.firstPrompt = initialPrompt
    return agentAnswer(world, agent, 201)
  },
  get_agent: (world, { agentId }) => agentAnswer(world, get(world.agents, agentId, 'agent')),
  update_agent: (world, { agentId, ...fields }) => {
    const agent = Object.assign(get(world.agents, agentId, 'agent'), fields)
    world.emitAgentChange(agent, 'agent_updated')
    const applied = agent.pid ? 'next_turn' : 'next_start'
    const changed = Object.keys(fields).filter((name) => name !== 'name').map((option) => ({ option, applied: option === 'mode' ? 'now' : applied }))
    return { ...at(world, { ...agent, changed }, `agent/${agent.id}`) }
  },
  delete_agent: (world, { agentId }) => {
    const agent = get(world.agents, agentId, 'agent')
    agent.deletedAt = world.now()
    world.emitAgentChange(agent, 'agent_removed')
    return { status: 204 }
  },
  restore_agent: (world, { agentId }) => {
    const agent = get(world.agents, agentId, 'agent')
    delete agent.deletedAt
    world.emitAgentChange(agent, 'agent_added')
    return agentAnswer(world, agent)
  },
  start_agent: (world, { agentId, initialPrompt }) =>
    agentAnswer(world, startAgent(world, get(world.agents, agentId, 'agent'), initialPrompt)),
  resume_agent: (world, { agentId }) => agentAnswer(world, startAgent(world, get(world.agents, agentId, 'agent'))),
  stop_agent: (world, { agentId }) => {
    const agent = get(world.agents, agentId, 'agent')
    agent.abort?.abort()
    delete agent.pid
    world.closeAsks(agent)
    world.emit(agent, 'exit', { code: 0, isClean: true })
    world.setStatus(agent, 'finished', 'stopped')
    return agentAnswer(world, agent)
  },
  interrupt_agent: (world, { agentId, messageId }) => {
    const agent = get(world.agents, agentId, 'agent')
    if (messageId !== undefined && messageId !== world.turns.get(agentId)) throw new ApiError(409, 'CONFLICT', 'Another turn runs.')
    world.interrupted.push(messageId)
    agent.abort?.abort()
    return agentAnswer(world, agent)
  },
  send_message_to_agent: (world, { agentId, content, attachments: ids = [] }) => {
    const agent = get(world.agents, agentId, 'agent')
    const again = agent.unanswered?.find(({ text }) => text === content)
    if (again) agent.unanswered = agent.unanswered.filter((one) => one !== again)
    const messageId = again?.messageId ?? newId('msg')
    const attachments = ids.map((id) => get(world.attachments, id, 'attachment')).map(({ id, name, mediaType, size }) => ({ id, name, mediaType, size }))
    const isIdle = agent.pid && agent.status === 'finished'
    if (isIdle) sendNow(world, agent, messageId, content)
    else {
      agent.queue = [...(agent.queue ?? []), { messageId, text: content }]
      world.emit(agent, 'message', { messageId, state: 'queued', text: content, ...(attachments.length > 0 && { attachments }) })
    }
    return { body: { messageId, status: isIdle ? 'sent' : 'queued', running: agent.pid !== undefined }, status: 202 }
  },
  withdraw_message: (world, { agentId, messageId }) => {
    const agent = get(world.agents, agentId, 'agent')
    const isOf = (one) => one.messageId === messageId
    if (![...(agent.unanswered ?? []), ...(agent.queue ?? [])].some(isOf)) throw new ApiError(409, 'CONFLICT', 'this message is no longer queued')
    agent.unanswered = agent.unanswered?.filter((one) => !isOf(one))
    agent.queue = agent.queue?.filter((one) => !isOf(one))
    world.emit(agent, 'message', { messageId, state: 'withdrawn' })
    return { status: 204 }
  },
}
