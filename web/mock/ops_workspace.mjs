// The settings of a workspace: scripts, profiles, copied files, ports, base branch, host.
import { newId, notFound } from './world.mjs'

const at = (world, workspaceId, body) => ({ body, cursors: [world.streams.cursor(`workspace/${workspaceId}`)] })

/** Rows of one kind, by workspace. */
function rowsOf(world, kind, workspaceId) {
  world[kind] ??= new Map()
  if (!world[kind].has(workspaceId)) world[kind].set(workspaceId, [])
  return world[kind].get(workspaceId)
}

function rowOf(rows, id, what) {
  const row = rows.find((one) => one.id === id)
  if (!row) throw notFound(what)
  return row
}

const stamp = (world) => ({ createdAt: world.now(), updatedAt: world.now() })

function addScript(world, { workspaceId, timeoutSeconds = 600, ...fields }) {
  const script = { id: newId('scr'), workspaceId, timeoutSeconds, isProposed: false, ...fields, ...stamp(world) }
  world.scripts.set(script.id, script)
  return script
}

export const workspaceOps = {
  update_workspace: (world, { workspaceId, name }) => {
    const workspace = world.workspaces.get(workspaceId)
    if (!workspace) throw notFound('workspace')
    workspace.name = name
    world.emitWorkspace(workspaceId, 'workspace_updated')
    return { body: { ...workspace, worktreeCount: 1, agentCount: 0 } }
  },
  create_script: (world, input) => {
    const script = addScript(world, input)
    world.emitWorkspace(input.workspaceId, 'script_added', script)
    return { body: script, status: 201 }
  },
  update_script: (world, { workspaceId, scriptId, ...fields }) => {
    const script = Object.assign(rowOf([...world.scripts.values()], scriptId, 'script'), fields, { isProposed: false })
    world.emitWorkspace(workspaceId, 'script_updated', script)
    return { body: script }
  },
  delete_script: (world, { workspaceId, scriptId }) => {
    const script = rowOf([...world.scripts.values()], scriptId, 'script')
    world.scripts.delete(scriptId)
    world.emitWorkspace(workspaceId, 'script_removed', script)
    return { status: 204 }
  },
  get_copied_files: (world, { workspaceId }) => ({ body: { patterns: rowsOf(world, 'copied', workspaceId) } }),
  set_copied_files: (world, { workspaceId, patterns }) => {
    world.copied.set(workspaceId, patterns)
    return { body: { patterns } }
  },
  get_base_branch: (world, { workspaceId }) => at(world, workspaceId, world.base ?? { branch: 'main', isDefault: true }),
  set_base_branch: (world, { workspaceId, branch }) => {
    world.base = branch === undefined ? { branch: 'main', isDefault: true } : { branch, isDefault: false }
    world.emitWorkspace(workspaceId, 'base_changed', world.base)
    return at(world, workspaceId, world.base)
  },
  reserve_worktree_ports: () => ({
    body: {
      ports: Array.from({ length: 10 }, (_, n) => ({
        name: n === 0 ? 'MUSTER_PORT' : `MUSTER_PORT_${n}`,
        port: 21_400 + n,
        isInUse: n === 0,
        ...(n === 0 && { pid: 4713, program: 'node' }),
      })),
    },
  }),
  list_launch_profiles: (world, { workspaceId }) => at(world, workspaceId, { profiles: rowsOf(world, 'profiles', workspaceId) }),
  create_launch_profile: (world, { workspaceId, ...fields }) => {
    const rows = rowsOf(world, 'profiles', workspaceId)
    const profile = { id: newId('lpr'), workspaceId, ...fields, displayOrder: rows.length, ...stamp(world) }
    rows.push(profile)
    world.emitWorkspace(workspaceId, 'profile_added', profile)
    return { body: profile, status: 201 }
  },
  update_launch_profile: (world, { workspaceId, profileId, ...fields }) => {
    const rows = rowsOf(world, 'profiles', workspaceId)
    const { id, displayOrder, createdAt } = rowOf(rows, profileId, 'profile')
    const profile = { id, workspaceId, ...fields, displayOrder, createdAt, updatedAt: world.now() }
    rows.splice(displayOrder, 1, profile)
    world.emitWorkspace(workspaceId, 'profile_updated', profile)
    return { body: profile }
  },
  delete_launch_profile: (world, { workspaceId, profileId }) => {
    const rows = rowsOf(world, 'profiles', workspaceId)
    rows.splice(rows.indexOf(rowOf(rows, profileId, 'profile')), 1)
    world.emitWorkspace(workspaceId, 'profile_removed', { id: profileId })
    return { status: 204 }
  },
  reorder_launch_profiles: (world, { workspaceId, profileIds }) => {
    const rows = rowsOf(world, 'profiles', workspaceId)
    const profiles = profileIds.map((id, displayOrder) => Object.assign(rowOf(rows, id, 'profile'), { displayOrder }))
    world.profiles.set(workspaceId, profiles)
    world.emitWorkspace(workspaceId, 'profile_updated', profiles[0])
    return { body: { profiles } }
  },
  get_host: (world) => ({
    body: world.host ?? {
      kind: 'github', remote: 'origin', name: 'github.com', project: 'me/harbor', url: 'https://github.com/me/harbor', program: 'gh', isInstalled: true,
      version: '2.87.0', login: 'me', isReady: true, checkedAt: world.now(),
    },
  }),
}

export const proposed = {
  state: 'new',
  path: '.muster/scripts.json',
  digest: '3f0e9aa1c277b01d4a91c2e13f0e9aa1c277b01d4a91c2e13f0e9aa1c277b01d',
  scripts: [
    { kind: 'setup', name: 'install', command: 'npm ci\nnpm run generate' },
    { kind: 'check', name: 'test', command: 'npm test -- --run', timeoutSeconds: 900 },
  ],
}
