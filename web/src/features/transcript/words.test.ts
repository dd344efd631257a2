import { expect, test } from 'vitest'
import { toolOf } from '~/features/transcript/calls'
import { runOf } from '~/features/transcript/words'

const reads = (...paths: string[]) => paths.map((path, n) => toolOf({ toolId: `t${n}`, name: 'Read', kind: 'read', title: path, input: { file_path: path } }, '2026-11-23T08:00:00Z'))

test.each([
  [['src/a.ts', 'src/b.ts', 'tests/c.ts'], '3 files', 'src, tests'],
  [['a.txt', 'b.txt', 'c.txt'], '3 files', 'a.txt b.txt c.txt'],
  [['a/1', 'b/2', 'c/3', 'd/4'], '4 files', '1 2 3 and 1 more'],
])('%j read as one', (paths, objects, more) => {
  expect(runOf(reads(...paths), (path) => path)).toMatchObject({ verb: 'Read', objects, more })
})
