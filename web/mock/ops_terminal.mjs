// Terminals, scripts and what runs for long: the rows of the mock.
import { MockTerminal } from './terminals.mjs'
import { ApiError, newId, notFound } from './world.mjs'

const get = (map, id, what) => {
  const found = map.get(id)
  if (!found) throw notFound(what)
  return found
}

const at = (world, body, workspaceId, status = 200) => ({ status, body, cursors: [world.streams.cursor(`workspace/${workspaceId}`)] })

/** A terminal in a worktree, or the one in which an agent runs. */
export function addShell(world, worktree, { name = 'bash', text = '$ ', ...fields } = {}) {
  const launchId = newId('lch')
  const shell = new MockTerminal(launchId)
  shell.write(text)
  world.shells.set(launchId, shell)
  const row = { id: newId('ter'), workspaceId: worktree.workspaceId, worktreeId: worktree.id, name, launchId, state: 'running', createdAt: world.now(), ...fields }
  world.terminals.set(row.id, row)
  world.emitWorkspace(worktree.workspaceId, 'terminal', row)
  return { row, shell }
}

/** Its program ends. */
export function endShell(world, row, code) {
  Object.assign(row, { state: 'exited', exitCode: code, endedAt: world.now() })
  world.shells.get(row.launchId).exit(code)
  world.emitWorkspace(row.workspaceId, 'terminal', { ...row })
}

function change(world, id, fields) {
  const row = Object.assign(get(world.terminals, id, 'terminal'), fields)
  world.emitWorkspace(row.workspaceId, 'terminal', { ...row })
  return at(world, row, row.workspaceId)
}

export function changeRun(world, run, fields) {
  Object.assign(run, fields)
  const { log: _log, ...row } = run
  world.emitWorkspace(run.workspaceId, 'script_run', row)
}

const plain = ({ log: _log, ...run }) => run
const wordsOf = (line) => ({ runs: [{ text: line, cells: line.length }] })

export const terminalOps = {
  list_terminals: (world, { worktreeId, includeEnded }) => {
    const terminals = [...world.terminals.values()].filter((row) => row.worktreeId === worktreeId && (includeEnded || row.state === 'running')).toReversed()
    return at(world, { terminals, hasMore: false }, get(world.worktrees, worktreeId, 'worktree').workspaceId)
  },
  create_terminal: (world, { worktreeId, agentId, rows, cols, ...fields }) => {
    const id = worktreeId ?? get(world.agents, agentId, 'agent').worktreeId
    const { row } = addShell(world, get(world.worktrees, id, 'worktree'), { ...fields, ...(agentId && { agentId }) })
    return at(world, row, row.workspaceId, 201)
  },
  update_terminal: (world, { terminalId, name }) => change(world, terminalId, { name }),
  close_terminal: (world, { terminalId }) => {
    const row = get(world.terminals, terminalId, 'terminal')
    const shell = world.shells.get(row.launchId)
    shell.exited = { type: 'exited', offset: shell.offset, signal: 9, reason: 'stopped' }
    for (const viewer of shell.viewers) viewer.pump()
    return change(world, terminalId, { state: 'closed', endedAt: world.now() })
  },
  take_terminal: (world, { launchId, sub }) => {
    const shell = get(world.shells, launchId, 'launch')
    const viewer = [...shell.viewers].find((one) => one.sub === sub)
    if (!viewer) throw notFound('viewer')
    shell.give(viewer)
    return { body: { launchId, sub, rows: shell.rows, cols: shell.cols } }
  },
  get_terminal_screen: (world, { launchId, at: place }) => {
    const shell = get(world.shells, launchId, 'launch')
    const upTo = /^\d+$/.test(place ?? '') ? Number(place) : Infinity
    const frames = shell.frames.filter(({ end }) => end <= upTo)
    const lines = frames.map(({ bytes }) => bytes.toString()).join('').split('\r\n').map(wordsOf)
    const body = { launchId, offset: frames.at(-1)?.end ?? 0, at: '2026-11-22T08:14:02.000000Z', rows: shell.rows, cols: shell.cols, cursorRow: 0, cursorCol: 0, isCursorVisible: true, isAlternate: false, isPartial: shell.isPartial, title: '', scrollbackLines: 0, lines }
    return { body }
  },
  list_scripts: (world, { workspaceId }) => at(world, { scripts: [...world.scripts.values()].filter((one) => one.workspaceId === workspaceId) }, workspaceId),
  list_script_runs: (world, { workspaceId, worktreeId }) => {
    const runs = [...world.runs.values()].filter((run) => run.worktreeId === worktreeId).toReversed()
    return at(world, { runs: runs.map(plain), hasMore: false }, workspaceId)
  },
  run_script: (world, { workspaceId, worktreeId, scriptId }) => {
    const { kind, name, command } = get(world.scripts, scriptId, 'script')
    const { contentId } = get(world.worktrees, worktreeId, 'worktree').git
    const run = { id: newId('srn'), scriptId, workspaceId, worktreeId, kind, name, command, ...(kind === 'check' && { contentId }), state: 'running', logBytes: 0, droppedBytes: 0, startedAt: world.now(), log: '' }
    world.runs.set(run.id, run)
    changeRun(world, run, {})
    return at(world, plain(run), workspaceId)
  },
  stop_script: (world, { runId }) => {
    const run = get(world.runs, runId, 'run')
    changeRun(world, run, { state: 'stopped', endedAt: world.now(), ports: [] })
    return at(world, plain(run), run.workspaceId)
  },
  get_script_log: (world, { runId, offset = 0 }) => {
    const { log } = get(world.runs, runId, 'run')
    const from = Math.min(Number(offset), log.length)
    return { body: { text: log.slice(from), offset: from, hasMore: false, logBytes: log.length, droppedBytes: 0 } }
  },
  get_proposed_scripts: (world, { workspaceId }) => at(world, world.proposal ?? { state: 'none', path: '.muster/scripts.json', scripts: [] }, workspaceId),
  accept_proposed_scripts: (world, { workspaceId, digest }) => {
    if (digest !== world.proposal?.digest) throw new ApiError(409, 'CONFLICT', 'The file has changed since it was read; read it again')
    const scripts = world.proposal.scripts.map((one) => addScript(world, workspaceId, one))
    world.proposal = { ...world.proposal, state: 'accepted' }
    return at(world, { scripts }, workspaceId)
  },
  list_intents: (world) => ({ body: { intents: world.intents } }),
}

export function addScript(world, workspaceId, { kind = 'run', name, command }) {
  const script = { id: newId('scr'), workspaceId, kind, name, command, timeoutSeconds: 0, isProposed: true, createdAt: world.now(), updatedAt: world.now() }
  world.scripts.set(script.id, script)
  world.emitWorkspace(workspaceId, 'script_added', script)
  return script
}
