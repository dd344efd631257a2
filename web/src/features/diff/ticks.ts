import type { DiffFile } from '~/features/diff/model'
import type { Against } from '~/features/diff/sides'
import { digestOf } from '~/lib/digest'

export type Viewed = 'yes' | 'changed' | 'no'

/** A tick says what was compared as well: read against HEAD is not read against main. */
export function tickDigest(against: Against, digest: string): string {
  return `${digestOf(against)}.${digest}`
}

export function viewedOf(against: Against, file: DiffFile, tick: string | undefined): Viewed {
  if (tick === undefined || !tick.startsWith(`${digestOf(against)}.`)) return 'no'
  return file.digest === undefined || tick === tickDigest(against, file.digest) ? 'yes' : 'changed'
}
