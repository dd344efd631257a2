import { describe, expect, test } from 'vitest'
import type { Events, Message, Turn } from '~/api/generated'
import type { StreamEvent } from '~/api/wire'
import { Asides } from '~/features/transcript/asides'
import { Fold } from '~/features/transcript/fold'
import type { Item } from '~/features/transcript/items'
import { growing, guessParents, knit, putGrowing } from '~/features/transcript/knit'
import { ItemList } from '~/features/transcript/list'
import { itemsOf, keepKeys } from '~/features/transcript/messages'
import { foldMeta, noMeta } from '~/features/transcript/meta'
import { rowsOf, type Row } from '~/features/transcript/rows'
import { tookMs } from '~/features/transcript/words'

let seq = 0
const at = (second: number) => `2026-11-23T08:00:${String(second).padStart(2, '0')}.000000Z`

function event<K extends keyof Events>(type: K, payload: Events[K], second: number) {
  return { type, payload, topic: 'agent/ag_1', generation: 1, seq: ++seq, at: at(second) }
}

/** An event whose type the compiler does not follow through the generic above. */
const events = (...list: readonly object[]): StreamEvent[] => JSON.parse(JSON.stringify(list))

const message = (id: string, second: number, more: Partial<Message>): Message => ({
  id: `msg_${id}`, role: 'assistant', content: '', createdAt: at(second), isComplete: true, ...more,
})

const turn = (index: number, second: number, more: Partial<Turn> = {}): Turn => ({ index, at: at(second), outcome: 'ok', filesChanged: 0, toolCalls: 0, ...more })

function live(list: ItemList, all: readonly StreamEvent[]) {
  const fold = new Fold(list, new Asides(list), 0, () => undefined)
  for (const one of all) fold.apply(one)
}

function listOf(items: readonly Item[]): ItemList {
  const list = new ItemList()
  list.reset(items)
  return list
}

const said = (items: readonly Item[]) => items.map((item) => ('text' in item ? `${item.kind}: ${item.text}` : item.kind === 'tool' ? `tool: ${item.title} ${item.state}` : item.kind))

const story = () =>
  events(
    event('message', { messageId: 'msg_1', state: 'sent', text: 'Go' }, 1),
    event('thought', { block: 'b0', text: 'Hm.' }, 3),
    event('text_delta', { block: 'b1', text: 'I lo' }, 4),
    event('text_delta', { block: 'b1', text: 'ok.' }, 4),
    event('text', { block: 'b1', text: 'I look.' }, 5),
    event('tool_start', { toolId: 't1', name: 'Bash', kind: 'execute', title: 'make', input: { command: 'make' } }, 6),
    event('tool_end', { toolId: 't1', isError: true, output: 'no rule', exitCode: 2, durationMs: 900 }, 7),
    event('notice', { level: 'info', code: 'compacted', text: 'Compacted.' }, 8),
    event('text', { block: 'b2', text: 'Done.' }, 9),
  )
const page = () => [
  message('1', 1, { role: 'user', content: 'Go', state: 'sent', index: 0 }),
  message('2', 5, { content: 'I look.', index: 1 }),
  message('3', 6, { role: 'tool', content: 'make', toolName: 'Bash', toolInput: { command: 'make' }, toolOutput: 'no rule', isError: true, exitCode: 2, durationMs: 900, index: 2 }),
  message('4', 9, { content: 'Done.', index: 3 }),
]

const took = (list: ItemList) => list.all.flatMap((item) => (item.kind === 'tool' ? [tookMs(item)] : []))
const fail = (second: number) => event('turn_end', { outcome: 'error', text: `no ${second}` }, second)

describe('a window', () => {
  test('that was watched equals one that was read afterwards', () => {
    const all = story()
    const [watched, read] = [new ItemList(), listOf(itemsOf(page(), []))]
    live(watched, all)
    knit(read, new Asides(read), all, '')
    expect(said(read.all)).toEqual(said(watched.all))
    expect(read.all.map(({ index }) => index)).toEqual(watched.all.map(({ index }) => index))
    expect(said(watched.all)).toEqual(['prompt: Go', 'thought: Hm.', 'text: I look.', 'tool: make failed', 'note: Compacted.', 'text: Done.'])
  })

  test('says of a call whose ask was withdrawn by an interrupt that it did not run, not that it failed', () => {
    const asked = { requestId: 'r1', kind: 'permission', tool: 'Bash', toolId: 't1' } as const
    const all = events(
      event('message', { messageId: 'msg_1', state: 'sent', text: 'Go' }, 1),
      event('tool_start', { toolId: 't1', name: 'Bash', kind: 'execute', title: 'make', input: { command: 'make' } }, 2),
      event('ask', asked, 2),
      event('ask_cancel', { requestId: 'r1', why: 'cancelled' }, 3),
      event('tool_end', { toolId: 't1', isError: true, output: 'Tool permission request failed: AbortError' }, 4),
    )
    const watched = new ItemList()
    live(watched, all)
    expect(said(watched.all)).toEqual(['prompt: Go', 'tool: make denied', 'ask'])
    const read = listOf(itemsOf([message('1', 1, { role: 'user', content: 'Go', state: 'sent', index: 0 }), message('2', 2, { role: 'tool', content: 'make', toolName: 'Bash', toolInput: { command: 'make' }, isError: true, index: 1 })], []))
    knit(read, new Asides(read), all, '')
    expect(said(read.all)).toEqual(said(watched.all))
  })

  test('counts no wait for a person as time of a call, nor of the one behind it', () => {
    const start = (toolId: string) => event('tool_start', { toolId, name: 'Bash', kind: 'execute', title: toolId, input: {} }, 2)
    const all = events(
      event('message', { messageId: 'msg_1', state: 'sent', text: 'Go' }, 1),
      start('t1'),
      start('t2'),
      event('ask', { askId: 'ask_1', requestId: 'r1', kind: 'permission', tool: 'Bash', toolId: 't1' }, 3),
      event('ask_answered', { askId: 'ask_1', requestId: 'r1', decision: 'allow' }, 40),
      event('tool_end', { toolId: 't1', isError: false, output: '' }, 42),
      event('tool_end', { toolId: 't2', isError: false, output: '' }, 45),
    )
    const watched = new ItemList()
    live(watched, all)
    const call = (id: string, index: number) => message(id, 2, { role: 'tool', content: `t${index}`, toolName: 'Bash', toolInput: {}, index })
    const read = listOf(itemsOf([message('1', 1, { role: 'user', content: 'Go', state: 'sent', index: 0 }), call('2', 1), call('3', 2)], []))
    knit(read, new Asides(read), all, '')
    expect(took(watched)).toEqual([2_000, 3_000])
    expect(took(read)).toEqual(took(watched))
  })

  test('keeps a failure that ran: one with an exit code', () => {
    const list = new ItemList()
    live(list, events(event('tool_start', { toolId: 't1', name: 'Bash', kind: 'execute', title: 'make', input: {} }, 1), event('ask', { requestId: 'r1', kind: 'permission', tool: 'Bash', toolId: 't1' }, 1), event('ask_cancel', { requestId: 'r1', why: 'cancelled' }, 2), event('tool_end', { toolId: 't1', isError: true, output: '', exitCode: 2 }, 3)))
    expect(said(list.all)).toEqual(['tool: make failed', 'ask'])
  })

  test('takes the same event twice as once', () => {
    const all = story()
    const list = new ItemList()
    live(list, [...all.slice(0, 6), ...all])
    expect(said(list.all)).toHaveLength(6)
  })

  test('that was read in the middle of a text has it from its beginning, and goes on', () => {
    const all = story()
    const list = listOf(itemsOf(page().slice(0, 1), []))
    const before = all.slice(0, 3)
    knit(list, new Asides(list), before, '')
    putGrowing(list, growing(before, false), () => 1)
    live(list, all.slice(3))
    expect(said(list.all).slice(0, 3)).toEqual(['prompt: Go', 'thought: Hm.', 'text: I look.'])
  })

  test('knows when the beginning of a text is missing', () => {
    const deltas = story().slice(2, 4)
    expect(growing(deltas, false)).toMatchObject([{ text: 'I look.', isWhole: false }])
    expect(growing(deltas, true)).toMatchObject([{ isWhole: true }])
  })

  test('ends a call whose start it read as a message', () => {
    const all = story()
    const [prompt, text, call] = itemsOf([...page().slice(0, 2), { ...message('3', 6, { role: 'tool', content: 'make', toolName: 'Bash', index: 2 }), isComplete: false }], [])
    if (!prompt || !text || !call) throw new Error('three items')
    const list = listOf([prompt, text, call])
    knit(list, new Asides(list), all.slice(0, 6), '')
    live(list, all.slice(6))
    expect(said(list.all)).toContain('tool: make failed')
    expect(list.all.filter(({ kind }) => kind === 'tool')).toHaveLength(1)
  })

  test('places what is no message by its time, whenever it comes', () => {
    const list = new ItemList()
    live(list, events(
      event('text', { block: 'a', text: 'first' }, 1),
      event('notice', { level: 'warning', code: 'gap', text: 'restarted' }, 9),
      event('text', { block: 'b', text: 'caught up' }, 4),
    ))
    expect(said(list.all)).toEqual(['text: first', 'text: caught up', 'note: restarted'])
  })

  test('of two texts of one moment only the one that was cut is said to be', () => {
    const list = listOf(itemsOf([message('2', 5, { content: 'Long', truncated: true, size: 9_000, index: 0 }), message('3', 5, { content: 'End.', index: 1 })], []))
    knit(list, new Asides(list), events(event('text', { block: 'b1', text: 'Long', messageId: 'msg_2', truncated: true }, 5), event('text', { block: 'b2', text: 'End.' }, 5)), '')
    expect(list.all.map((item) => item.kind === 'text' && [item.block, item.isCut])).toEqual([['b1', true], ['b2', false]])
  })

  test('keeps the keys of what it had when it is read again', () => {
    const list = new ItemList()
    live(list, story())
    const again = keepKeys(list.all, itemsOf(page(), []))
    const had = new Set(list.all.map(({ key }) => key))
    expect(again.every(({ key }) => had.has(key))).toBe(true)
  })

  test('gives a prompt that waited its words when it is sent', () => {
    const list = new ItemList()
    const fold = new Fold(list, new Asides(list), 0, () => undefined)
    let meta = noMeta
    for (const one of events(
      event('message', { messageId: 'msg_1', state: 'queued', text: 'later' }, 1),
      event('message', { messageId: 'msg_2', state: 'queued', text: 'last' }, 2),
      event('queue', { ids: ['msg_2', 'msg_1'] }, 3),
      event('message', { messageId: 'msg_2', state: 'queued', text: 'last, edited', isEdited: true }, 4),
      event('message', { messageId: 'msg_2', state: 'sent' }, 5),
    )) {
      fold.apply(one, meta.queued)
      meta = foldMeta(meta, one)
    }
    expect(said(list.all)).toEqual(['prompt: last, edited'])
    expect(meta.queued.map(({ text }) => text)).toEqual(['later'])
    expect(meta.turnOf).toBe('msg_2')
  })

  test('keeps the words of a prompt that is handed over, returned to the queue, and handed over again', () => {
    const list = new ItemList()
    const fold = new Fold(list, new Asides(list), 0, () => undefined)
    let meta = noMeta
    const states = (['queued', 'sent', 'queued', 'sent', 'queued', 'sent'] as const).map((state, n) =>
      event('message', { messageId: 'msg_1', state, ...(n === 0 && { text: 'Go', attachments: [{ id: 'att_1', name: 'a.txt', mediaType: 'text/plain', size: 1 }] }) }, n),
    )
    const waited = new Array<string>()
    for (const one of events(...states)) {
      const shown = list.message('msg_1')
      const { queued } = meta
      meta = foldMeta(meta, one, shown?.kind === 'prompt' ? shown : undefined)
      fold.apply(one, queued)
      waited.push(...meta.queued.map(({ text, state, attachments }) => `${state} ${text} +${attachments.length}`))
    }
    expect(waited).toEqual(['queued Go +1', 'queued Go +1', 'queued Go +1'])
    expect(said(list.all)).toEqual(['prompt: Go'])
  })

  test('means nothing by an event that it does not know', () => {
    const list = new ItemList()
    live(list, events({ ...event('notice', { level: 'info', code: 'x', text: 'x' }, 1), type: 'telepathy' }))
    expect(list.all).toEqual([])
  })

  test('stays bounded, and its calls are found after it was cut', () => {
    const list = new ItemList()
    live(list, story())
    expect(list.trim(3, 'end')).toBe(true)
    expect(list.all).toHaveLength(3)
    expect(list.tool('t1')?.title).toBe('make')
    expect(list.block('b1')).toBeUndefined()
  })

  test('finds the call of a subagent that no event names', () => {
    const [task, inner] = [message('1', 1, { role: 'tool', toolName: 'Task', content: 'look', index: 0 }), message('2', 2, { content: 'found', parent: 'toolu_1' })]
    const list = listOf(itemsOf([task, inner], []))
    guessParents(list)
    expect(list.tool('toolu_1')?.title).toBe('look')
  })
})

const kinds = (rows: readonly Row[]) => rows.map(({ kind, depth }) => `${kind}${depth > 0 ? ` ${depth}` : ''}`)
const rows = (items: readonly Item[], more: Partial<Parameters<typeof rowsOf>[0]> = {}) =>
  rowsOf({ items, turns: [], isLive: true, seenIndex: undefined, moment: undefined, isWaiting: false, ...more })

const readCall = (id: string, second: number, more: Partial<Message> = {}) =>
  message(id, second, { role: 'tool', toolName: 'Read', content: `${id}.rs`, toolInput: { file_path: `/r/${id}.rs` }, toolOutput: '', ...more })

describe('rows', () => {
  test('fold calls of a kind that follow each other, and never an error', () => {
    const items = itemsOf([readCall('1', 1), readCall('2', 2), readCall('3', 3, { isError: true }), readCall('4', 4)], [])
    expect(kinds(rows(items))).toEqual(['run', 'tool', 'tool'])
  })

  test('of a sub-agent stand below its call, one gutter further in', () => {
    const list = listOf(itemsOf([
      message('1', 1, { role: 'tool', toolName: 'Task', content: 'look' }), message('2', 2, { content: 'main' }), message('3', 3, { content: 'inner', parent: 'p1' }),
    ], []))
    guessParents(list)
    expect(kinds(rows(list.all))).toEqual(['tool', 'say 1', 'say'])
  })

  test('close each turn with its strip, before the next begins', () => {
    const turns = [turn(0, 1, { messageId: 'msg_1' }), turn(1, 4, { messageId: 'msg_3' })]
    const items = itemsOf([message('1', 1, { role: 'user', content: 'a' }), message('2', 2, { content: 'b' }), message('3', 3, { role: 'user', content: 'c' }), message('4', 5, { content: 'd' })], turns)
    expect(kinds(rows(items, { turns }))).toEqual(['prompt', 'say', 'strip', 'prompt', 'say', 'strip'])
    expect(kinds(rows(items, { turns: [turns[0] ?? turn(0, 1), turn(1, 4, { messageId: 'msg_3', outcome: 'running' })] }))).toEqual(['prompt', 'say', 'strip', 'prompt', 'say'])
  })

  test('keep the strip of each turn that begins with the same prompt, wherever that prompt stands', () => {
    const turns = [turn(0, 1, { messageId: 'msg_1', outcome: 'error' }), turn(1, 3, { messageId: 'msg_1', outcome: 'error' }), turn(2, 5, { messageId: 'msg_1' })]
    const read = (sentAt: string) => {
      const list = listOf(itemsOf([message('1', 1, { role: 'user', content: 'Go' }), message('2', 7, { content: 'Done.' })], [turn(2, 1, { messageId: 'msg_1', at: sentAt })]))
      const asides = new Asides(list)
      for (const one of events(fail(2), fail(4))) asides.apply(one)
      return rows(list.all, { turns }).flatMap((row) => (row.kind === 'strip' ? [`${row.turn.index}${row.isSentAgain ? ' again' : ''}`] : [row.kind]))
    }
    expect(read(at(1))).toEqual(['prompt', 'fail', '0 again', 'fail', '1 again', 'say', '2'])
    expect(read(at(5))).toEqual(['fail', '0 again', 'fail', '1 again', 'prompt', 'say', '2'])
    const silent = itemsOf([message('1', 1, { role: 'user', content: 'Go' })], [])
    expect(kinds(rows(silent, { turns }))).toEqual(['prompt', 'strip', 'strip', 'strip'])
  })

  test('show what is new since somebody looked, and a sign of work before the first word', () => {
    const items = itemsOf([message('1', 1, { content: 'old', index: 4 }), message('2', 2, { content: 'new', index: 5 })], [])
    expect(kinds(rows(items, { seenIndex: 4 }))).toEqual(['say', 'new', 'say'])
    const asked = itemsOf([message('1', 1, { role: 'user', content: 'a' })], [])
    expect(kinds(rows(asked, { isWaiting: true, turns: [turn(0, 1, { outcome: 'running' })] }))).toEqual(['prompt', 'wait'])
  })

  test('of a growing text keep those that are finished', () => {
    const list = new ItemList()
    const fold = new Fold(list, new Asides(list), 0, () => undefined)
    const paragraph = `${'word '.repeat(140)}\n\n`
    const draw = (text: string) => {
      for (const one of events(event('text_delta', { block: 'b', text }, 1))) fold.apply(one)
      return rows(list.all)
    }
    draw(paragraph + paragraph + paragraph)
    const before = draw(paragraph)
    const after = draw('and more')
    expect(before.length).toBeGreaterThan(2)
    expect(after[0]).toBe(before[0])
    expect(after[1]).toBe(before[1])
  })

  test('say an error once', () => {
    const list = new ItemList()
    live(list, events(
      event('text', { block: 'b', text: 'API Error: 529 Overloaded', isError: true }, 1),
      event('turn_end', { outcome: 'error', text: 'API Error: 529 Overloaded', httpStatus: 529 }, 2),
    ))
    expect(kinds(rows(list.all))).toEqual(['fail'])
  })
})
