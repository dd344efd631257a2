import type { MarkedToken } from 'marked'
import type { Turn } from '~/api/generated'
import { sayRows } from '~/features/transcript/blocks'
import { linesOf, pathOf } from '~/features/transcript/words'
import type { AskItem, FailItem, Item, NoteItem, PromptItem, TextItem, ThoughtItem, ToolItem } from '~/features/transcript/items'

type At = { key: string; depth: number }
/** Lines that the calls of a turn added and removed, and in which files. */
export type LineSum = { added: number; removed: number; paths: ReadonlySet<string> }
/** Blocks of one message; `isFirst` and `isLast` among those of the message. Without tokens, they are read from `source` when they are drawn. */
export type SayRow = At & { kind: 'say'; item: TextItem; tokens: readonly MarkedToken[] | undefined; source: string; isFirst: boolean; isLast: boolean }
export type Row =
  | (At & { kind: 'prompt'; item: PromptItem })
  | SayRow
  | (At & { kind: 'long'; item: TextItem })
  | (At & { kind: 'thought'; item: ThoughtItem; tookMs: number })
  | (At & { kind: 'tool'; item: ToolItem; calls: number })
  | (At & { kind: 'run'; items: readonly ToolItem[] })
  | (At & { kind: 'ask'; item: AskItem })
  | (At & { kind: 'note'; item: NoteItem })
  | (At & { kind: 'fail'; item: FailItem | TextItem; isLast?: boolean })
  | (At & { kind: 'strip'; turn: Turn; lines: LineSum | undefined; isSentAgain: boolean })
  | (At & { kind: 'new'; at: string })
  | (At & { kind: 'moment'; at: string })
  | (At & { kind: 'wait'; since: string })

export type RowsInput = {
  items: readonly Item[]
  turns: readonly Turn[]
  /** The window ends with the newest message. */
  isLive: boolean
  /** The index of the last message that was seen; what follows is new. */
  seenIndex: number | undefined
  /** Only what was there then. */
  moment: string | undefined
  /** A turn runs and nothing was said in it yet. */
  isWaiting: boolean
}

/** Calls that fold into one row when they follow each other. */
const foldable: ReadonlySet<string> = new Set(['read', 'search', 'edit', 'fetch'])

const canFold = (item: Item | undefined): item is ToolItem => item?.kind === 'tool' && item.state === 'done' && foldable.has(item.toolKind)

/** A permission is shown by its call, which a question and a plan replace. */
function hiddenOf(items: readonly Item[]): (item: Item) => boolean {
  const calls = new Set(items.flatMap((item) => (item.kind === 'tool' && item.toolId !== undefined ? [item.toolId] : [])))
  const asked = new Set(items.flatMap((item) => (item.kind === 'ask' && item.ask.kind !== 'permission' && item.ask.toolId !== undefined ? [item.ask.toolId] : [])))
  return (item) => {
    if (item.kind === 'ask') return item.ask.kind === 'permission' && calls.has(item.ask.toolId ?? '') && item.message === undefined
    return item.kind === 'tool' && asked.has(item.toolId ?? '')
  }
}

/** The end of what an item did, from which the time of a thought behind it is counted. */
function endOf(item: Item | undefined): number {
  if (!item) return Number.NaN
  return Date.parse(item.kind === 'tool' ? (item.endedAt ?? item.at) : item.order)
}

/** An error that was said, and then reported as the end of its turn, is one. */
function isSaid(fail: FailItem, before: Item | undefined): boolean {
  return before?.kind === 'text' && before.isError && (fail.text.includes(before.text.trim()) || before.text.includes(fail.text.trim()))
}

class Builder {
  readonly rows: Row[] = []
  readonly #children: ReadonlyMap<string, readonly Item[]>

  constructor(children: ReadonlyMap<string, readonly Item[]>) {
    this.#children = children
  }

  /** Items of one speaker, one after the other. */
  addAll(items: readonly Item[], depth: number) {
    for (let place = 0; place < items.length; place++) {
      const item = items[place]
      if (!item) continue
      const run = this.#runFrom(items, place)
      if (run.length > 1) {
        this.rows.push({ kind: 'run', key: `${run[0]?.key}+`, depth, items: run })
        place += run.length - 1
      } else this.#add(item, items[place - 1], depth)
    }
  }

  #runFrom(items: readonly Item[], from: number): ToolItem[] {
    const run: ToolItem[] = []
    for (let place = from; place < items.length; place++) {
      const item = items[place]
      if (!canFold(item) || (run[0] && run[0].toolKind !== item.toolKind)) break
      run.push(item)
    }
    return run
  }

  #add(item: Item, before: Item | undefined, depth: number) {
    const at = { key: item.key, depth }
    switch (item.kind) {
      case 'text':
        return item.isError ? this.rows.push({ ...at, kind: 'fail', item }) : this.rows.push(...sayRows(item, depth))
      case 'thought':
        return this.rows.push({ ...at, kind: 'thought', item, tookMs: Date.parse(item.at) - endOf(before) })
      case 'fail':
        return isSaid(item, before) ? undefined : this.rows.push({ ...at, kind: 'fail', item })
      case 'tool':
        return this.#addTool(item, depth)
      case 'prompt':
        return this.rows.push({ ...at, kind: 'prompt', item })
      case 'ask':
        return this.rows.push({ ...at, kind: 'ask', item })
      case 'note':
        return this.rows.push({ ...at, kind: 'note', item })
      default:
        return item satisfies never
    }
  }

  #addTool(item: ToolItem, depth: number) {
    const inner = this.#children.get(item.toolId ?? '') ?? []
    this.rows.push({ kind: 'tool', key: item.key, depth, item, calls: inner.filter(({ kind }) => kind === 'tool').length })
    this.addAll(inner, depth + 1)
  }
}

/** Sub-agents' items by the call that started them; those whose call is not here stay where they are. */
function nest(items: readonly Item[]): { top: Item[]; children: Map<string, Item[]> } {
  const calls = new Set(items.flatMap((item) => (item.kind === 'tool' && item.toolId !== undefined ? [item.toolId] : [])))
  const children = new Map<string, Item[]>()
  const top: Item[] = []
  for (const item of items) {
    if (item.parent === undefined || !calls.has(item.parent)) top.push(item)
    else children.set(item.parent, [...(children.get(item.parent) ?? []), item])
  }
  return { top, children }
}

type Ends = {
  /** Of each item that begins a turn: the turns before it, which end there. */
  at: Map<Item, Turn[]>
  /** Those that end where the window does. */
  last: Turn[]
}

/**
 * Several turns in a row begin with the same prompt where Muster sent it again after a start that failed. It stands only once, where
 * one of them began: the others begin with the first item after their beginning.
 */
function endsOf(top: readonly Item[], turns: readonly Turn[]): Ends {
  const ends: Ends = { at: new Map(), last: [] }
  const prompts = new Map(top.flatMap((item) => (item.kind === 'prompt' && item.messageId !== undefined ? [[item.messageId, item] as const] : [])))
  const [first] = top
  turns.forEach((turn, place) => {
    const before = turns[place - 1]
    const isAgain = isSentAgain(before, turn)
    const isShared = isAgain || isSentAgain(turn, turns[place + 1])
    const prompt = prompts.get(turn.messageId ?? '')
    if (!before || before.index !== turn.index - 1 || !first) return
    if (turn.at < first.order && !(isAgain && prompt)) return
    const begin = (isShared ? undefined : prompt) ?? top.find(({ order }) => order >= turn.at)
    if (begin && (begin !== first || isAgain)) ends.at.set(begin, [...(ends.at.get(begin) ?? []), before])
    else if (!begin && isAgain) ends.last.push(before)
  })
  return ends
}

/** Its prompt is the one of the turn before it. */
const isSentAgain = (before: Turn | undefined, turn: Turn | undefined) => before?.messageId !== undefined && turn?.messageId === before.messageId

const stripOf = (turn: Turn, lines: LineSum | undefined, isAgain = false): Row => ({ kind: 'strip', key: `turn:${turn.index}`, depth: 0, turn, lines, isSentAgain: isAgain })

function sumLines(items: readonly Item[], children: ReadonlyMap<string, readonly Item[]>): LineSum {
  const sum = { added: 0, removed: 0, paths: new Set<string>() }
  for (const item of items) {
    if (item.kind !== 'tool') continue
    const { added = 0, removed = 0 } = linesOf(item)
    const inner = sumLines(children.get(item.toolId ?? '') ?? [], children)
    sum.added += added + inner.added
    sum.removed += removed + inner.removed
    const path = added + removed > 0 ? pathOf(item) : undefined
    for (const one of [...inner.paths, ...(path === undefined ? [] : [path])]) sum.paths.add(one)
  }
  return sum
}

/** The item above which the line stands that parts what is new. */
function firstNew(top: readonly Item[], seenIndex: number | undefined): Item | undefined {
  if (seenIndex === undefined) return undefined
  const place = top.findIndex(({ index }) => index !== undefined && index > seenIndex)
  const item = top[place]
  return place > 0 && item?.kind !== 'prompt' ? item : undefined
}

/** Rows of a window: items in words, runs folded, turns closed by their strip. */
export function rowsOf({ items, turns, isLive, seenIndex, moment, isWaiting }: RowsInput): Row[] {
  const isHidden = hiddenOf(items)
  const shown = items.filter((item) => !isHidden(item) && (moment === undefined || item.order <= moment))
  const { top, children } = nest(shown)
  const ends = endsOf(top, turns)
  const news = firstNew(top, seenIndex)
  const builder = new Builder(children)
  let stretch: Item[] = []
  let inTurn: Item[] = []
  // Of a turn whose beginning is not in memory, not all lines are known.
  const linesOfTurn = () => (inTurn[0]?.kind === 'prompt' ? sumLines(inTurn, children) : undefined)
  const strip = (turn: Turn) => stripOf(turn, linesOfTurn(), isSentAgain(turn, turns[turns.indexOf(turn) + 1]))
  const flush = () => {
    builder.addAll(stretch, 0)
    stretch = []
  }
  for (const item of top) {
    const ended = ends.at.get(item) ?? []
    if (ended.length > 0 || item === news) flush()
    for (const turn of ended) {
      builder.rows.push(strip(turn))
      inTurn = []
    }
    if (item === news) builder.rows.push({ kind: 'new', key: 'new', depth: 0, at: item.order })
    stretch.push(item)
    inTurn.push(item)
  }
  flush()
  const { rows } = builder
  const end = rows.at(-1)
  if (end?.kind === 'fail') rows[rows.length - 1] = { ...end, isLast: true }
  const last = turns.at(-1)
  if (moment === undefined && isLive) rows.push(...ends.last.map(strip))
  if (moment !== undefined) rows.push({ kind: 'moment', key: 'moment', depth: 0, at: moment })
  else if (isLive && last && last.outcome !== 'running' && top.length > 0) rows.push(stripOf(last, linesOfTurn()))
  else if (isLive && isWaiting) rows.push({ kind: 'wait', key: 'wait', depth: 0, since: last?.at ?? top.at(-1)?.order ?? '' })
  return rows
}

/** Nothing was said or done since the prompt. */
export function isSilent(items: readonly Item[]): boolean {
  return items.findLast(({ kind }) => kind !== 'note')?.kind === 'prompt'
}
