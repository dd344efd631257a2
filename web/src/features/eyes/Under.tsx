import { frameFlags } from '~/api/eye-frames'
import type { Eye } from '~/api/generated'
import type { Player, Playing } from '~/features/eyes/player'
import type { Screen, Shown } from '~/features/eyes/screen'
import { useSeen, useShown } from '~/features/eyes/use-screen'
import { formatRate, pathText, sizeText } from '~/features/eyes/words'
import { useTimedText } from '~/lib/clock'
import { formatAge, formatNumber } from '~/lib/format'
import { useStore } from '~/lib/store'
import { visibleName } from '~/lib/visible'

/** A picture that is older is no longer what happens now. */
const freshMs = 2_000

type UnderProps = { screen: Screen; eye: Eye; player: Player }

/** What a picture alone does not say: who holds the step, its size, which share of the frames is seen, and how it came. */
export function Under({ screen, eye, player }: UnderProps) {
  const playing = useStore(player.now)
  const { lease, isConnected } = useSeen(screen)
  const shown = useShown(screen)
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 pt-2 text-sm text-fg2">
      <strong className={`font-medium ${playing.hasKeys || lease.isYours ? 'text-accent' : 'text-fg1'}`}>{holderText(eye, playing, lease)}</strong>
      {!isConnected && <span className="text-wait">not connected</span>}
      {shown && <Facts shown={shown} eye={eye} />}
    </div>
  )
}

function holderText(eye: Eye, { isPlaying }: Playing, { isYours, holder }: { isYours: boolean; holder: string }): string {
  const name = holder || eye.status?.stepper || ''
  if (isYours) return 'You hold the step'
  if (name) return `${visibleName(name)} holds the step`
  if (isPlaying) return 'You play'
  return eye.config.lockstep ? 'Nobody holds the step' : 'It draws by itself'
}

function Facts({ shown, eye }: { shown: Shown; eye: Eye }) {
  const { frame, width, height, flags, at, perSecond } = shown
  const late = useTimedText((now) => (now - at > freshMs ? `last picture ${formatAge(now - at)} ago` : ''))
  const rate = eye.config.lockstep ? eye.status?.stepsPerS : eye.status?.fps
  return (
    <>
      <span>
        {sizeText({ width, height })}
        {late === '' && rate !== undefined && rate > 0 && `, ${Math.min(perSecond, Math.ceil(rate))} of ${formatRate(rate)} frames a second`}
      </span>
      <span className="ml-auto flex items-center gap-4">
        {late && <span>{late}</span>}
        <span>
          frame <strong className="font-medium text-fg0">{formatNumber(frame)}</strong>
        </span>
        <span className="max-sm:hidden">{pathText(eye.status?.path ?? (flags & frameFlags.copied ? 'copied' : undefined))}</span>
      </span>
    </>
  )
}
