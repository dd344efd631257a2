import { Link } from '@tanstack/react-router'
import type { Eye } from '~/api/generated'
import { EyeStatus } from '~/features/eyes/EyeStatus'
import { Thumb } from '~/features/eyes/Thumb'
import { useScreen, useSeen } from '~/features/eyes/use-screen'
import { formatMs, paceOf, setupText, said, sizeText } from '~/features/eyes/words'
import { formatNumber, plural } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'

/** An eye that lives: what it shows, and its newest figures. */
export function EyeCard({ eye: listed }: { eye: Eye }) {
  const screen = useScreen(listed.id)
  const { eye = listed } = useSeen(screen)
  const { status } = eye
  return (
    <li className="min-w-0">
      <Link to="/eyes/$eyeId" params={{ eyeId: eye.id }} className="block rounded-md -outline-offset-2" aria-label={visibleName(eye.name)}>
        <span className="eye-screen eye-thumb block overflow-hidden rounded-sm"><Thumb screen={screen} /></span>
        <span className="mt-1.5 flex items-baseline gap-2">
          <b className="min-w-0 truncate font-medium">{visibleName(eye.name)}</b>
          <span className="ml-auto shrink-0 text-sm text-fg2">{paceOf(eye)}</span>
        </span>
      </Link>
      <EyeStatus eye={eye} />
      <p className="truncate text-sm text-fg2">
        {sizeText(status ?? eye.config)}, {eye.isPattern ? 'test pattern, ' : ''}
        {setupText(eye.config)}
      </p>
      {status && (
        <p className="text-sm text-fg2">
          {formatNumber(status.frames)} frames, {formatNumber(status.dropped)} dropped, {plural(status.resets, 'reset')}
          {status.latencyP50Us !== undefined && `, ${formatMs(status.latencyP50Us)} ms`}
        </p>
      )}
      {eye.lastError !== undefined && <p className="line-clamp-2 text-sm [overflow-wrap:anywhere] text-err">{visible(said(eye.lastError))}</p>}
    </li>
  )
}
