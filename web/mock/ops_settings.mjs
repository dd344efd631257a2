// The settings: what the page of the settings reads and writes.
import { settings } from './settings.mjs'
import { ApiError, notFound } from './world.mjs'

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
}
