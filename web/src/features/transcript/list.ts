import { isAside, type Item, type TextItem, type ToolItem } from '~/features/transcript/items'

/** Whether a row is behind an item that only its time places. */
function isLater(row: Item, aside: Item): boolean {
  if (row.order !== aside.at) return row.order > aside.at
  // A thought comes before what was said of it.
  return aside.kind === 'thought' && !isAside(row) && row.kind !== 'prompt'
}

/**
 * The items of a window in their order, found by what events call them. Messages are in the order of the conversation; what is no message
 * stands between them by its time, wherever it came from, so that a window that was watched equals one that was just read.
 */
export class ItemList {
  #items: Item[] = []
  #places = new Map<string, number>()
  #keyOfBlock = new Map<string, string>()
  #keyOfTool = new Map<string, string>()
  #keyOfMessage = new Map<string, string>()

  get all(): readonly Item[] {
    return this.#items
  }

  get(key: string): Item | undefined {
    const place = this.#places.get(key)
    return place === undefined ? undefined : this.#items[place]
  }

  block(block: string): TextItem | undefined {
    const item = this.get(this.#keyOfBlock.get(block) ?? '')
    return item?.kind === 'text' ? item : undefined
  }

  tool(toolId: string | undefined): ToolItem | undefined {
    const item = toolId === undefined ? undefined : this.get(this.#keyOfTool.get(toolId) ?? '')
    return item?.kind === 'tool' ? item : undefined
  }

  message(messageId: string): Item | undefined {
    return this.get(this.#keyOfMessage.get(messageId) ?? '')
  }

  /** Other items from here on. */
  reset(items: readonly Item[]) {
    this.#items = [...items]
    this.#index()
  }

  #index() {
    for (const map of [this.#places, this.#keyOfBlock, this.#keyOfTool, this.#keyOfMessage]) map.clear()
    this.#items.forEach((item, place) => this.#note(item, place))
  }

  #note(item: Item, place: number) {
    this.#places.set(item.key, place)
    if (item.messageId !== undefined) this.#keyOfMessage.set(item.messageId, item.key)
    if (item.kind === 'text' && item.block !== undefined) this.#keyOfBlock.set(item.block, item.key)
    if (item.kind === 'tool' && item.toolId !== undefined) this.#keyOfTool.set(item.toolId, item.key)
  }

  /** Replaces the item with this key, or adds it: a message behind all messages, anything else by its time. */
  put(item: Item) {
    const place = this.#places.get(item.key)
    if (place === undefined) return this.#insert(item)
    this.#items[place] = item
    return this.#note(item, place)
  }

  #insert(item: Item) {
    const isBehind = (row: Item) => (isAside(item) ? isLater(row, item) : isAside(row) && row.at > item.order)
    let place = this.#items.length
    while (place > 0) {
      const row = this.#items[place - 1]
      if (!row || !isBehind(row)) break
      place--
    }
    if (place === this.#items.length) {
      this.#items.push(item)
      return this.#note(item, place)
    }
    this.#items.splice(place, 0, item)
    return this.#index()
  }

  remove(key: string) {
    const place = this.#places.get(key)
    if (place === undefined) return
    this.#items.splice(place, 1)
    this.#index()
  }

  /** Messages of a page before or behind all; those that are here already stay as they are. */
  join(items: readonly Item[], side: 'before' | 'behind') {
    const more = items.filter(({ key, messageId }) => !this.#places.has(key) && !this.#keyOfMessage.has(messageId ?? ''))
    this.#items = side === 'before' ? [...more, ...this.#items] : [...this.#items, ...more]
    this.#index()
  }

  /** Keeps `most` items: those at the end, or those at the beginning. */
  trim(most: number, keep: 'end' | 'begin') {
    if (this.#items.length <= most) return false
    this.#items = keep === 'end' ? this.#items.slice(-most) : this.#items.slice(0, most)
    this.#index()
    return true
  }

  /** The item at a time, the next one or the last; undefined where the time may be before the first or behind the last of these. */
  at(time: string, hasOlder: boolean, hasNewer: boolean): Item | undefined {
    const [first] = this.all
    const last = this.all.at(-1)
    if (first && time < first.order) return hasOlder ? undefined : first
    const isWithin = last && (!hasNewer || last.order >= time)
    return isWithin ? (this.all.find(({ order }) => order >= time) ?? last) : undefined
  }
}
