import { expect, test } from 'vitest'
import type { Events } from '~/api/generated'
import type { StreamEvent } from '~/api/wire'
import { Transcript } from '~/features/agent/transcript'

let seq = 0
function event<K extends keyof Events>(type: K, payload: Events[K]) {
  seq++
  return { type, topic: 'agent/ag_1', generation: 1, seq, at: '2026-11-21T10:00:00Z', payload }
}

function fold(...events: StreamEvent[]) {
  const transcript = new Transcript()
  for (const one of events) transcript.apply(one)
  return transcript.snapshot()
}

test('pieces grow one block, and the finished block replaces them', () => {
  const { items } = fold(
    event('text_delta', { block: 'b', text: 'Hel' }),
    event('text_delta', { block: 'b', text: 'lo' }),
    event('text', { block: 'b', text: 'Hello' }),
    event('text_delta', { block: 'b', text: 'late' }),
  )
  expect(items).toMatchObject([{ kind: 'text', text: 'Hello', isStreaming: false }])
})

test('a queued message waits beside the transcript until it is sent', () => {
  const queued = event('message', { messageId: 'msg_1', state: 'queued', text: 'later' })
  expect(fold(queued)).toMatchObject({ items: [], queued: [{ text: 'later' }], turnOf: undefined })
  const sent = fold(queued, event('message', { messageId: 'msg_1', state: 'sent' }))
  expect(sent).toMatchObject({ items: [{ kind: 'prompt', text: 'later', state: 'sent' }], queued: [], turnOf: 'msg_1' })
})

test('a prompt that its program never read waits again, and one that is withdrawn disappears', () => {
  const queued = event('message', { messageId: 'msg_1', state: 'queued', text: 'later' })
  const sent = event('message', { messageId: 'msg_1', state: 'sent' })
  const again = event('message', { messageId: 'msg_1', state: 'queued' })
  expect(fold(queued, sent, again)).toMatchObject({ items: [], queued: [{ text: 'later' }] })
  const withdrawn = event('message', { messageId: 'msg_1', state: 'withdrawn' })
  expect(fold(queued, sent, again, withdrawn)).toMatchObject({ items: [], queued: [] })
  expect(fold(queued, withdrawn)).toMatchObject({ items: [], queued: [] })
})

const at = (minute: number, one: StreamEvent) => ({ ...one, at: `2026-11-21T10:0${minute}:00Z` })

test('a prompt that failed starts gave back stands where it was sent at last, with that time', () => {
  const message = (state: 'queued' | 'sent' | 'unanswered') => event('message', { messageId: 'msg_1', state, ...(state === 'queued' && { text: 'go' }) })
  const exit = event('exit', { code: 127, isClean: false })
  const begun = [at(0, message('queued')), at(1, message('sent')), at(2, exit), at(2, message('queued')), at(3, message('sent'))]
  expect(fold(...begun).items).toMatchObject([{ kind: 'note' }, { kind: 'prompt', text: 'go', at: '2026-11-21T10:03:00Z' }])
  const ended = fold(...begun, at(4, message('unanswered')))
  expect(ended.items).toMatchObject([{ kind: 'note' }, { kind: 'prompt', state: 'unanswered', at: '2026-11-21T10:03:00Z' }])
  expect(ended.queued).toEqual([])
})

test('a prompt that was cut says so, also once it was sent', () => {
  const queued = event('message', { messageId: 'msg_1', state: 'queued', text: 'lat', truncated: true, size: 5 })
  expect(fold(queued, event('message', { messageId: 'msg_1', state: 'sent' })).items).toMatchObject([{ text: 'lat', isCut: true }])
})

test('a tool call is one row from its start to its end', () => {
  const { items } = fold(
    event('tool_start', { toolId: 't', name: 'Bash', kind: 'execute', title: 'ls' }),
    event('tool_progress', { toolId: 't', text: 'listing' }),
    event('tool_end', { toolId: 't', isError: true, output: 'no such folder' }),
  )
  expect(items).toMatchObject([{ kind: 'tool', state: 'failed', output: 'no such folder', progress: 'listing' }])
})

test('an ask is open until it is answered or no longer needed', () => {
  const ask = event('ask', { askId: 'ask_1', requestId: 'r', kind: 'permission', tool: 'Bash' })
  expect(fold(ask).openAsks).toHaveLength(1)
  const answered = fold(ask, event('ask_answered', { askId: 'ask_1', requestId: 'r', decision: 'deny', message: 'no' }))
  expect(answered).toMatchObject({ openAsks: [], items: [{ state: 'answered', decision: 'deny', message: 'no' }] })
  expect(fold(ask, event('ask_cancel', { askId: 'ask_1', requestId: 'r', why: 'cancelled' })).items).toMatchObject([{ state: 'void' }])
})

test('an answered question keeps its answers', () => {
  const ask = event('ask', { askId: 'ask_1', requestId: 'r', kind: 'question', tool: 'AskUserQuestion' })
  const answered = event('ask_answered', { askId: 'ask_1', requestId: 'r', decision: 'answer', input: { 'Which store?': 'SQLite', Ports: ['1', '2'] } })
  expect(fold(ask, answered).items).toMatchObject([{ answers: [['Which store?', 'SQLite'], ['Ports', '["1","2"]']] }])
})

const write = (content: string) => ({ file_path: '/w/a.txt', content })
const asked = [
  event('tool_start', { toolId: 't', name: 'Write', kind: 'edit', title: '/w/a.txt', input: write('old') }),
  event('ask', { askId: 'ask_1', requestId: 'r', kind: 'permission', tool: 'Write', toolId: 't', input: write('old') }),
]

test('tools after one that asks wait with it, and start when it has ended', () => {
  const next = (toolId: string, parent?: string) => event('tool_start', { toolId, name: 'Bash', kind: 'execute', ...(parent && { parent }) })
  const states = (...events: StreamEvent[]) =>
    fold(next('before'), ...asked.slice(0, 1), next('other', 'elsewhere'), next('u'), ...asked.slice(1), next('v'), ...events).items.flatMap((item) =>
      item.kind === 'tool' ? [item.state] : [],
    )
  const answer = event('ask_answered', { askId: 'ask_1', requestId: 'r', decision: 'allow' })
  const end = event('tool_end', { toolId: 't', isError: false, output: '' })
  expect(states()).toEqual(['running', 'waiting', 'running', 'behind', 'behind'])
  expect(states(answer)).toEqual(['running', 'running', 'running', 'behind', 'behind'])
  expect(states(answer, end)).toEqual(['running', 'done', 'running', 'running', 'running'])
  const second = event('ask', { askId: 'ask_2', requestId: 'q', kind: 'permission', tool: 'Bash', toolId: 'u' })
  expect(states(answer, end, second)).toEqual(['running', 'done', 'running', 'waiting', 'behind'])
  expect(states(event('tool_progress', { toolId: 'v', text: 'half' }))).toEqual(['running', 'waiting', 'running', 'behind', 'running'])
  expect(states(event('tool_end', { toolId: 'u', isError: false, output: '' }))).toEqual(['running', 'waiting', 'running', 'done', 'behind'])
})

test('a tool waits while its permission is open, and runs from the answer on', () => {
  expect(fold(...asked).items).toMatchObject([{ kind: 'tool', state: 'waiting' }, { kind: 'ask' }])
  const allowed = { ...event('ask_answered', { askId: 'ask_1', requestId: 'r', decision: 'allow' }), at: '2026-11-21T10:05:00Z' }
  expect(fold(...asked, allowed).items).toMatchObject([{ state: 'running', startedAt: allowed.at, isEdited: false }, {}])
  expect(fold(...asked, event('ask_cancel', { askId: 'ask_1', requestId: 'r', why: 'cancelled' })).items).toMatchObject([{ state: 'running' }, {}])
  expect(fold(...asked, event('turn_end', { outcome: 'interrupted' })).items).toMatchObject([{ state: 'failed' }, {}, {}])
})

test('a denied tool is denied, with and without its own end', () => {
  const denied = event('ask_answered', { askId: 'ask_1', requestId: 'r', decision: 'deny' })
  const end = event('tool_end', { toolId: 't', isError: true, output: 'The user said no.' })
  expect(fold(...asked, denied, end).items).toMatchObject([{ state: 'denied', output: 'The user said no.' }, {}])
  expect(fold(...asked, denied, event('turn_end', { outcome: 'interrupted' })).items).toMatchObject([{ state: 'denied' }, {}, {}])
  expect(fold(...asked, denied, end, event('turn_end', { outcome: 'ok' })).items).toMatchObject([{ state: 'denied' }, {}, {}])
})

test('an edited call shows what ran, with its own title', () => {
  const edited = { file_path: '/w/b.txt\n', content: 'new' }
  const answered = event('ask_answered', { askId: 'ask_1', requestId: 'r', decision: 'allow', isEdited: true, input: edited })
  const { items } = fold(...asked, answered, event('tool_end', { toolId: 't', isError: false, output: 'written' }))
  expect(items).toMatchObject([
    { kind: 'tool', state: 'done', isEdited: true, call: { title: '/w/b.txt', input: edited } },
    { kind: 'ask', state: 'answered', isEdited: true },
  ])
})

test('a turn carries what it used, and leaves nothing running or streaming', () => {
  const usage = { model: 'm', input: 5, output: 2, cacheRead: 1, cacheCreation: 0, costMicros: 30, requests: 1 }
  const { items, turnUsage } = fold(
    event('tool_start', { toolId: 't', name: 'Bash', kind: 'execute' }),
    event('text_delta', { block: 'b', text: 'half' }),
    event('usage', usage),
    event('usage', usage),
    event('turn_end', { outcome: 'interrupted' }),
  )
  expect(items).toMatchObject([
    { kind: 'tool', state: 'failed' },
    { kind: 'text', isStreaming: false },
    { kind: 'turn', usage: { input: 10, output: 4, cacheRead: 2, costMicros: 60 } },
  ])
  expect(turnUsage).toBeUndefined()
})

test('a turn whose end is lost keeps its asks and tools until they end', () => {
  const lost = [...asked, event('text_delta', { block: 'b', text: 'half' }), event('turn_end', { outcome: 'unknown' })]
  const snapshot = fold(...lost)
  expect(snapshot.items).toMatchObject([{ kind: 'tool', state: 'waiting' }, { kind: 'ask', state: 'open' }, { kind: 'text', isStreaming: false }, { kind: 'turn' }])
  expect(snapshot.openAsks).toHaveLength(1)
  const next = event('message', { messageId: 'msg_2', state: 'sent', text: 'go on' })
  const answer = event('ask_answered', { askId: 'ask_1', requestId: 'r', decision: 'allow' })
  expect(fold(...lost, next, answer).items).toMatchObject([{ state: 'running' }, { state: 'answered' }, {}, {}, {}])
  for (const end of [event('turn_end', { outcome: 'ok' }), event('exit', { code: 0, isClean: true })])
    expect(fold(...lost, next, end).items.slice(0, 2)).toMatchObject([{ state: 'failed' }, { state: 'void' }])
})

test('a row that did not change is the same object', () => {
  const transcript = new Transcript()
  transcript.apply(event('text', { block: 'a', text: 'one' }))
  const [before] = transcript.snapshot().items
  transcript.apply(event('text', { block: 'b', text: 'two' }))
  expect(transcript.snapshot().items[0]).toBe(before)
})

test('an unclean end and missing output are shown', () => {
  const { items } = fold(
    event('gap', { from: 1, to: 9, reason: 'the disk was full' }),
    event('exit', { signal: 9, isClean: false, text: 'killed' }),
    event('exit', { code: 0, isClean: true }),
  )
  expect(items).toMatchObject([
    { kind: 'note', level: 'warning', text: 'Output is missing here: the disk was full.' },
    { kind: 'note', level: 'error', text: 'The program ended by signal 9.\nkilled' },
  ])
})

test('an exit that says nothing shows the reason that was reported before it, and no later one does', () => {
  const status = (reason: 'exit' | 'starting', detail?: string) =>
    event('status', { status: reason === 'exit' ? 'error' : 'running', reason, source: 'process', ...(detail && { detail }) })
  const exit = event('exit', { code: 127, isClean: false })
  const text = 'The program ended with code 127.'
  expect(fold(status('exit', 'exec: claude: not found'), exit).items).toMatchObject([{ text: `${text}\nexec: claude: not found` }])
  expect(fold(status('exit', 'ended with code 127'), exit).items).toMatchObject([{ text }])
  expect(fold(status('exit', 'exec: claude: not found'), status('starting'), exit).items).toMatchObject([{ text }])
})

test('an end by its user’s interrupt is not an error', () => {
  const { items } = fold(
    event('exit', { signal: 2, isClean: false }),
    event('status', { status: 'finished', reason: 'interrupted', source: 'user', since: '2026-11-21T12:00:00Z' }),
  )
  expect(items).toMatchObject([{ kind: 'note', level: 'info', text: 'The interrupt ended the program.' }])
})

test('after a reset nothing of the old generation remains', () => {
  const transcript = new Transcript()
  transcript.apply(event('text', { block: 'a', text: 'old' }))
  transcript.apply(event('session', { sessionId: 's', model: 'm' }))
  transcript.apply(event('context', { used: 1, window: 2, level: 50 }))
  transcript.setLive()
  transcript.reset()
  expect(transcript.snapshot()).toEqual(new Transcript().snapshot())
})
