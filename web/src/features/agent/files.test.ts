import { expect, test } from 'vitest'
import type { Events } from '~/api/generated'
import type { StreamEvent } from '~/api/wire'
import { Transcript } from '~/features/agent/transcript'

let seq = 0
function event<K extends keyof Events>(type: K, payload: Events[K]) {
  seq++
  return { type, topic: 'agent/ag_1', generation: 1, seq, at: '2026-11-21T10:00:00Z', payload }
}

function use(kind: 'read' | 'edit', input: object, output = '', isError = false): StreamEvent[] {
  const toolId = `tool_${++seq}`
  return [event('tool_start', { toolId, name: kind, kind, input: { file_path: '/w/a', ...input } }), event('tool_end', { toolId, isError, output })]
}

/** What the page knows of /w/a when a write to it asks. */
function known(...events: StreamEvent[]) {
  const transcript = new Transcript()
  const ask = event('ask', { requestId: 'r', kind: 'permission', tool: 'Write', input: { file_path: '/w/a', content: 'new' } })
  for (const one of [...events, ask]) transcript.apply(one)
  return transcript.snapshot().openAsks[0]?.before
}

const read = use('read', {}, '     1\tone\n     2\ttwo')

test.each<[string, StreamEvent[], ReturnType<typeof known>]>([
  ['nothing', [], undefined],
  ['a read', read, { content: 'one\ntwo' }],
  ['a read with arrows', use('read', {}, '     1→one\n     2→→two'), { content: 'one\n→two' }],
  ['a read of a part', use('read', { offset: 5 }, '5\tone'), { content: undefined }],
  ['a read of something else', use('read', {}, 'a picture'), { content: undefined }],
  ['a read that failed', use('read', {}, 'no such file', true), undefined],
  ['a write', use('edit', { content: 'whole\n' }), { content: 'whole\n' }],
  ['an edit of what was read', [...read, ...use('edit', { old_string: 'two', new_string: '$& 2' })], { content: 'one\n$& 2' }],
  ['an edit everywhere', [...use('edit', { content: 'a a' }), ...use('edit', { old_string: 'a', new_string: 'b', replace_all: true })], { content: 'b b' }],
  ['an edit of nothing known', use('edit', { old_string: 'x', new_string: 'y' }), { content: undefined }],
  ['an edit that does not fit', [...read, ...use('edit', { old_string: 'x', new_string: 'y' })], { content: undefined }],
])('after %s', (_, events, before) => {
  expect(known(...events)).toEqual(before)
})
