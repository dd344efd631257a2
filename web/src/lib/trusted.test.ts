import { expect, test } from 'vitest'
import { isOwnScript } from '~/lib/trusted'

const base = 'http://127.0.0.1:3001/w/ws_1/a/ag_1'

test.each([
  ['/assets/highlight-Dk3f9x2a.js', true],
  ['http://127.0.0.1:3001/assets/highlight-Dk3f9x2a.js', true],
  ['http://127.0.0.1:3002/assets/highlight-Dk3f9x2a.js', false],
  ['https://127.0.0.1:3001/assets/highlight-Dk3f9x2a.js', false],
  ['//evil.example/assets/highlight-Dk3f9x2a.js', false],
  ['/api/attachments/att_1/content', false],
  ['/assets/../api/x.js', false],
  ['/assets/deep/er.js', false],
  ['/assets/style-Dk3f9x2a.css', false],
  ['data:text/javascript,1', false],
  ['blob:http://127.0.0.1:3001/1', false],
  ['http://', false],
])('a worker may start from %s: %s', (url, isOwn) => {
  expect(isOwnScript(url, base, true)).toBe(isOwn)
})

test('while developing, any script of our origin will do', () => {
  expect(isOwnScript('/src/lib/worker.ts?worker_file&type=module', base, false)).toBe(true)
  expect(isOwnScript('http://evil.example/src/lib/worker.ts', base, false)).toBe(false)
})
