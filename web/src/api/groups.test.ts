import { expect, test } from 'vitest'
import { groupOf } from '~/api/groups'

test('whose ask was answered needs nobody, also before its status has followed', () => {
  expect(groupOf({ statusReason: 'permission', openAsks: 1 })).toBe('needs')
  expect(groupOf({ statusReason: 'permission', openAsks: 0 })).toBe('working')
  expect(groupOf({ statusReason: 'api', openAsks: 0 })).toBe('needs')
})
