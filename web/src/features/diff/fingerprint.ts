import type { GitDiffFile } from '~/api/generated'
import { digestOf } from '~/lib/digest'

/** What its lines say, however many pages of them were read. */
export function digestOfBody({ hunks, isBinary, size = -1 }: GitDiffFile): string {
  if (isBinary) return digestOf(`binary ${size}`)
  return digestOf(hunks.map(({ oldStart, lines }) => `${oldStart}\n${lines.map(({ type, text }) => type.charAt(0) + text).join('\n')}`).join('\n'))
}
