import type { Turn } from '~/api/generated'
import type { Item } from '~/features/transcript/items'
import { noMeta, type Meta } from '~/features/transcript/meta'

/** What the page shows at one moment. */
export type Snapshot = {
  items: readonly Item[]
  turns: readonly Turn[]
  meta: Meta
  /** reading: nothing was read yet. live: the newest is here, and what happens comes. past: a window far from the newest. */
  phase: 'reading' | 'live' | 'past'
  hasOlder: boolean
  isReading: boolean
  /** Messages that came while the window was elsewhere. */
  missed: number
  /** A part could not be read, or nothing can be followed; and which. */
  error: Error | undefined
  failed: Part
}

export type Part = 'newest' | 'older' | 'newer' | 'place' | 'events'

export const nothing: Snapshot = { items: [], turns: [], meta: noMeta, phase: 'reading', hasOlder: false, isReading: false, missed: 0, error: undefined, failed: 'newest' }
