import { isFree, isPressed, isText, readKeys } from '~/lib/chords'

/** From the page to what lies over it: of two keys that fit, the deeper one runs. */
export const scopes = ['page', 'pane', 'list', 'item', 'overlay'] as const
export type Scope = (typeof scopes)[number]

export type KeyRow = {
  keys: string
  label: string
  /** Works while the person types, although it is text or moves the cursor. */
  inFields?: boolean
  /** Works in a terminal, to which all other keys belong. */
  inTerminal?: boolean
  /** Is not named in the status bar. */
  isQuiet?: boolean
  /** Runs again while it is held down. */
  canRepeat?: boolean
}

/** What has the focus: `control` takes Enter and Space, `field` takes what types, `terminal` takes everything. */
export type Kind = 'plain' | 'control' | 'field' | 'terminal'

export type Focus<P> = {
  part: P
  kind: Kind
  /** The topmost layer that keeps keys from what is below it. */
  layer: number | undefined
}

export type Keyset<P> = {
  scope: Scope
  keys: readonly KeyRow[]
  /** Undefined: works wherever the focus is. */
  within: (() => P | null) | undefined
  layer: number | undefined
  run: (place: number, event: KeyboardEvent) => void
}

/** A key that works now, or could: with its place in the set that holds it. */
export type Found<P> = { set: Keyset<P>; row: KeyRow; place: number }

export type Stroke = { chord: string; at: number; isComposing: boolean; isRepeat: boolean }

/** How long the second key of a sequence may take. */
const sequenceMs = 1_000

type Held<P> = Found<P> & { chords: readonly string[]; order: number }

/**
 * All keys of the page. `contains` says whether one part of the page is inside another; the registry knows nothing else
 * about parts, so that it can be tested without a page.
 */
export class KeyRegistry<P> {
  /** Bare letters and signs can be switched off, for people who dictate: then only those of what has the focus work. */
  hasLetters = true
  #held: readonly Held<P>[] = []
  #order = 0
  #begun: { chords: readonly string[]; at: number } | undefined
  readonly #contains: (outer: P, inner: P) => boolean

  constructor(contains: (outer: P, inner: P) => boolean) {
    this.#contains = contains
  }

  add(set: Keyset<P>): () => void {
    const order = this.#order++
    const mine = set.keys.map((row, place): Held<P> => ({ set, row, place, chords: readKeys(row.keys), order }))
    this.#held = [...this.#held, ...mine]
    return () => {
      this.#held = this.#held.filter((one) => !mine.includes(one))
    }
  }

  /**
   * What the stroke runs, alone or as the end of a sequence. A sequence that goes on differently is forgotten, and the stroke
   * counts for itself. A character that is being composed is not a key yet.
   */
  press({ chord, at, isComposing, isRepeat }: Stroke, focus: Focus<P>): Found<P> | undefined {
    if (isComposing || isRepeat) {
      const held = isRepeat && !isComposing ? this.find([chord], focus) : undefined
      return held?.row.canRepeat === true ? held : undefined
    }
    const before = this.#begun && at - this.#begun.at < sequenceMs ? this.#begun.chords : []
    this.#begun = undefined
    for (const chords of before.length > 0 ? [[...before, chord], [chord]] : [[chord]]) {
      const found = this.find(chords, focus)
      if (found) return found
      if (this.#begins(chords, focus)) {
        this.#begun = { chords, at }
        return undefined
      }
    }
    return undefined
  }

  /** What these chords run: the deepest scope, in it the innermost part, in it what came last. */
  find(chords: readonly string[], focus: Focus<P>): Found<P> | undefined {
    return this.#now(focus).find((one) => one.chords.length === chords.length && one.chords.every((chord, n) => chord === chords[n]))
  }

  /** Whether a longer sequence begins with these chords. */
  #begins(chords: readonly string[], focus: Focus<P>): boolean {
    return this.#now(focus).some((one) => one.chords.length > chords.length && chords.every((chord, n) => chord === one.chords[n]))
  }

  /** The keys that work with this focus, the deepest first; each chord once. */
  working(focus: Focus<P>): readonly Found<P>[] {
    const seen = new Set<string>()
    return this.#now(focus).filter(({ chords }) => {
      const name = chords.join(' ')
      return !seen.has(name) && seen.add(name)
    })
  }

  /** All keys of the layer, whether or not the focus is where they work: what the shortcuts sheet lists. */
  all(layer: number | undefined): readonly Found<P>[] {
    return this.#held.filter(({ set }) => set.layer === layer)
  }

  /** Two keys with the same chords, or of which one begins the other, in one scope and one part: neither can be right. */
  clashes(): readonly string[] {
    return [...this.#byFirst().values()].flatMap((group) =>
      group.flatMap((one, n) =>
        group.slice(n + 1).flatMap((other) => (meet(one, other) ? [`${one.set.scope}: "${one.row.keys}" is ${one.row.label} and ${other.row.label}`] : [])),
      ),
    )
  }

  #byFirst(): ReadonlyMap<string, readonly Held<P>[]> {
    const groups = new Map<string, Held<P>[]>()
    for (const one of this.#held) {
      const name = `${one.set.scope} ${one.set.layer} ${one.chords[0]}`
      groups.set(name, [...(groups.get(name) ?? []), one])
    }
    return groups
  }

  #now(focus: Focus<P>): readonly Held<P>[] {
    return this.#held.filter((one) => this.#works(one, focus)).sort((a, b) => this.#compare(a, b))
  }

  #works({ set, row, chords }: Held<P>, { part, kind, layer }: Focus<P>): boolean {
    if (set.layer !== layer) return false
    const first = chords[0] ?? ''
    if (kind === 'terminal' && row.inTerminal !== true) return false
    if (kind === 'field' && row.inFields !== true && !isFree(first)) return false
    if (kind === 'control' && row.inFields !== true && isPressed(first)) return false
    if (!this.hasLetters && isText(first) && set.within === undefined) return false
    if (set.within === undefined) return true
    const within = set.within()
    return within !== null && this.#contains(within, part)
  }

  #compare(a: Held<P>, b: Held<P>): number {
    const deeper = scopes.indexOf(b.set.scope) - scopes.indexOf(a.set.scope)
    if (deeper !== 0) return deeper
    const [inA, inB] = [a.set.within?.(), b.set.within?.()]
    if (inA && inB && inA !== inB) return this.#contains(inA, inB) ? 1 : -1
    if (Boolean(inA) !== Boolean(inB)) return inA ? -1 : 1
    return a.set === b.set ? a.place - b.place : b.order - a.order
  }
}

function meet<P>(one: Held<P>, other: Held<P>): boolean {
  if (!one.chords.every((chord, n) => other.chords[n] === undefined || other.chords[n] === chord)) return false
  return (one.set.within?.() ?? undefined) === (other.set.within?.() ?? undefined)
}
