import { describe, expect, test } from 'vitest'
import { Asides } from '~/features/transcript/asides'
import { Fold } from '~/features/transcript/fold'
import { growing, guessParents, knit, putGrowing } from '~/features/transcript/knit'
import { ItemList } from '~/features/transcript/list'
import { itemsOf, keepKeys } from '~/features/transcript/messages'
import { foldMeta, noMeta } from '~/features/transcript/meta'
import { event, events, listOf, live, message, page, said, story, took } from '~/features/transcript/transcript.fixture'

const start = (toolId: string) => event('tool_start', { toolId, name: 'Bash', kind: 'execute', title: toolId, input: {} }, 2)
const bash = (id: string, index: number) => message(id, 2, { role: 'tool', content: `t${index}`, toolName: 'Bash', toolInput: {}, index })

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
    const read = listOf(itemsOf([message('1', 1, { role: 'user', content: 'Go', state: 'sent', index: 0 }), bash('2', 1), bash('3', 2)], []))
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
