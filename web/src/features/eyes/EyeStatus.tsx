import type { Eye } from '~/api/generated'
import { eyeStatus } from '~/lib/eye-status'
import { visible } from '~/lib/visible'
import { Age } from '~/ui/Age'
import { StatusGlyph } from '~/ui/Status'

const inks = { error: 'text-err', waiting: 'text-wait' } as const

/** "Waiting  nobody holds the step, 40 s": glyph, word, why, and since when. */
export function EyeStatus({ eye }: { eye: Eye }) {
  const { look, word, reason } = eyeStatus(eye)
  const ink = look === 'error' || look === 'waiting' ? inks[look] : 'text-fg0'
  return (
    <span className="flex min-w-0 items-center gap-2" title={eye.detail === undefined ? undefined : visible(eye.detail)}>
      <StatusGlyph look={look} />
      <span className={`shrink-0 font-medium ${ink}`}>{word}</span>
      {reason && <span className="truncate text-fg2">{visible(reason)}</span>}
      <Age at={eye.since} />
    </span>
  )
}
