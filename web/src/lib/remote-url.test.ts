import { expect, test } from 'vitest'
import { folderOf, hostOf, remoteOf } from '~/lib/remote-url'

test.each([
  ['https://github.com/octocat/hello.git', 'github.com', 'hello'],
  ['  https://example.org:8443/a/tidepool/  ', 'example.org:8443', 'tidepool'],
  ['ssh://git@example.org/~/b', 'example.org', 'b'],
  ['git@github.com:octocat/hello.git', 'github.com', 'hello'],
  ['git@example.org:hello', 'example.org', 'hello'],
  ['git clone git@example.org:hello', 'example.org', 'hello'],
  ['https://example.org', 'example.org', ''],
  ['https://example.org/..', 'example.org', ''],
  ['git@example.org:~', 'example.org', ''],
])('%j is an address', (text, host, folder) => {
  const url = remoteOf(text)
  expect(url).toBe(text.trim().replace('git clone ', ''))
  expect([hostOf(url ?? ''), folderOf(url ?? '')]).toEqual([host, folder])
})

test.each(['', '~/code/project', '/srv/git/a.git', './a:b', 'C:\\code', 'ext::sh', 'a@b', '~/odd@name/x:y'])('%j is none', (text) => {
  expect(remoteOf(text)).toBeUndefined()
})
