import { describe, expect, test } from 'vitest'
import { rowsOf, type Row } from '~/features/transcript/rows'
import type { Item } from '~/features/transcript/items'
import type { Message } from '~/api/generated'
import { Asides } from '~/features/transcript/asides'
import { Fold } from '~/features/transcript/fold'
import { guessParents } from '~/features/transcript/knit'
import { ItemList } from '~/features/transcript/list'
import { itemsOf } from '~/features/transcript/messages'
import { at, event, events, fail, listOf, live, message, turn } from '~/features/transcript/transcript.fixture'

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
