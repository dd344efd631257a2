import { expect, test } from 'vitest'
import { fileLinks } from '~/features/terminal/links'

const found = (text: string) => fileLinks(text).map(({ path, line, column }) => [path, line, column])

test.each([
  ['  --> src/net/backoff.rs:27:9', [['src/net/backoff.rs', 27, 9]]],
  ["thread 'x' panicked at tests/backoff.rs:88:9:", [['tests/backoff.rs', 88, 9]]],
  ['./a.c:12: error: no', [['./a.c', 12, undefined]]],
  ['src/app.ts(4,17): error TS2304', [['src/app.ts', 4, 17]]],
  ['  File "/srv/x y/run.py", line 14, in <module>', [['/srv/x y/run.py', 14, undefined]]],
  ['Makefile is up to date at 08:14:02', []],
  ['Local: http://localhost:5173/ and http://example.org:80', []],
  ['listening on 127.0.0.1:3001', []],
  ['at run (/srv/app/index.js:10:3)', [['/srv/app/index.js', 10, 3]]],
  ['one.go:1 two.go:2', [['one.go', 1, undefined], ['two.go', 2, undefined]]],
])('%s', (text, want) => {
  expect(found(text)).toEqual(want)
})
