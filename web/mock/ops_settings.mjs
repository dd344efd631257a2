// Settings and rules: what the page of the settings reads and writes.
import { settings } from './settings.mjs'
import { ApiError, newId, notFound, orgTopic } from './world.mjs'

const viewOf = (world, row) => ({ ...row, value: world.settings[row.name] ?? row.value })

const at = (world, body, ...topics) => ({ body, cursors: topics.map((topic) => world.streams.cursor(topic)) })

function rowOf(name) {
  const row = settings.find((one) => one.name === name)
  if (!row) throw notFound('setting')
  return row
}

function changed(world, name) {
  world.streams.emit('app', 'setting_changed', { name })
  return at(world, viewOf(world, rowOf(name)), 'app')
}

const rulesOf = (world) => (world.rules ??= [])

function rulesChanged(world) {
  world.rules = rulesOf(world).map((row, position) => ({ ...row, position }))
  world.streams.emit(orgTopic('inbox'), 'rules_changed', { orgId: 'org_00000000000000000000000000' })
}

function rule(world, ruleId) {
  const found = rulesOf(world).find(({ id }) => id === ruleId)
  if (!found) throw notFound('rule')
  return found
}

export const settingOps = {
  list_settings: (world) => at(world, { settings: settings.map((row) => viewOf(world, row)) }, 'app'),
  update_setting: (world, { name, value }) => {
    rowOf(name)
    if (value.includes('refused')) throw new ApiError(400, 'VALIDATION_ERROR', `${name}: a path starts with / or ~`, { [name]: ['a path starts with / or ~'] })
    world.settings[name] = value
    return changed(world, name)
  },
  reset_setting: (world, { name }) => {
    delete world.settings[name]
    return changed(world, name)
  },
  list_rules: (world) => at(world, { rules: rulesOf(world) }, orgTopic('inbox')),
  create_rule: (world, fields) => {
    const now = world.now()
    const made = { ...fields, id: newId('rul'), position: 0, createdBy: 'you', matched: 0, createdAt: now, updatedAt: now }
    rulesOf(world).push(made)
    rulesChanged(world)
    return { body: made, status: 201 }
  },
  update_rule: (world, { ruleId, ...fields }) => {
    const { id, position, createdBy, matched, createdAt } = rule(world, ruleId)
    const next = { ...fields, id, position, createdBy, matched, createdAt, updatedAt: world.now() }
    world.rules = rulesOf(world).map((one) => (one.id === ruleId ? next : one))
    rulesChanged(world)
    return { body: next }
  },
  delete_rule: (world, { ruleId }) => {
    rule(world, ruleId)
    world.rules = rulesOf(world).filter(({ id }) => id !== ruleId)
    rulesChanged(world)
    return { status: 204 }
  },
  reorder_rules: (world, { ruleIds }) => {
    world.rules = ruleIds.map((id) => rule(world, id))
    rulesChanged(world)
    return at(world, { rules: world.rules }, orgTopic('inbox'))
  },
}
