import { expect, test } from 'vitest'
import { isDemoPath } from '~/api/demo'

const system = { isDemo: false, home: '/home/me/.local/share/muster' }
const demo = { path: '/home/me/.local/share/muster/demo/sample' }
const own = { path: '/home/me/harbor' }

test.each([
  [demo.path, true],
  [own.path, false],
  ['/home/me/.local/share/muster/demo', false],
  ['/home/me/.local/share/muster/demonstration/a', false],
])('%s belongs to the demo: %s', (path, belongs) => {
  expect(isDemoPath(system, path)).toBe(belongs)
  expect(isDemoPath({ ...system, home: `${system.home}/` }, path)).toBe(belongs)
  expect(isDemoPath({ ...system, isDemo: true }, path)).toBe(true)
})
