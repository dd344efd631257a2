import type { Events, Message, Turn } from '~/api/generated'
import type { StreamEvent } from '~/api/wire'
import { Asides } from '~/features/transcript/asides'
import { Fold } from '~/features/transcript/fold'
import type { Item } from '~/features/transcript/items'
import { ItemList } from '~/features/transcript/list'
import { tookMs } from '~/features/transcript/words'

let seq = 0
export const at = (second: number) => `2026-11-23T08:00:${String(second).padStart(2, '0')}.000000Z`

export function event<K extends keyof Events>(type: K, payload: Events[K], second: number) {
  return { type, payload, topic: 'agent/ag_1', generation: 1, seq: ++seq, at: at(second) }
}

/** An event whose type the compiler does not follow through the generic above. */
export const events = (...list: readonly object[]): StreamEvent[] => JSON.parse(JSON.stringify(list))

export const message = (id: string, second: number, more: Partial<Message>): Message => ({
  id: `msg_${id}`, role: 'assistant', content: '', createdAt: at(second), isComplete: true, ...more,
})

export const turn = (index: number, second: number, more: Partial<Turn> = {}): Turn => ({ index, at: at(second), outcome: 'ok', filesChanged: 0, toolCalls: 0, ...more })

export function live(list: ItemList, all: readonly StreamEvent[]) {
  const fold = new Fold(list, new Asides(list), 0, () => undefined)
  for (const one of all) fold.apply(one)
}

export function listOf(items: readonly Item[]): ItemList {
  const list = new ItemList()
  list.reset(items)
  return list
}

export const said = (items: readonly Item[]) => items.map((item) => ('text' in item ? `${item.kind}: ${item.text}` : item.kind === 'tool' ? `tool: ${item.title} ${item.state}` : item.kind))

export const story = () =>
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
export const page = () => [
  message('1', 1, { role: 'user', content: 'Go', state: 'sent', index: 0 }),
  message('2', 5, { content: 'I look.', index: 1 }),
  message('3', 6, { role: 'tool', content: 'make', toolName: 'Bash', toolInput: { command: 'make' }, toolOutput: 'no rule', isError: true, exitCode: 2, durationMs: 900, index: 2 }),
  message('4', 9, { content: 'Done.', index: 3 }),
]

export const took = (list: ItemList) => list.all.flatMap((item) => (item.kind === 'tool' ? [tookMs(item)] : []))
export const fail = (second: number) => event('turn_end', { outcome: 'error', text: `no ${second}` }, second)
