import type { Eye, GameKey } from '~/api/generated'
import { codeOfName, keySign } from '~/features/eyes/key-codes'
import type { Screen } from '~/features/eyes/screen'
import type { Player, Playing } from '~/features/eyes/player'
import { said } from '~/features/eyes/words'
import { useSeen } from '~/features/eyes/use-screen'
import { useStore } from '~/lib/store'
import { visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Kbd } from '~/ui/Kbd'

type PlayBarProps = { screen: Screen; eye: Eye; player: Player; keys: readonly GameKey[] }

/** Watching or playing: where the keys go, how to get them back, and what the game knows. */
export function PlayBar({ screen, eye, player, keys }: PlayBarProps) {
  const { lease, refused } = useSeen(screen)
  const playing = useStore(player.now)
  const other = lease.isYours ? '' : lease.holder || (eye.status?.stepper ?? '')
  return (
    <div className="flex flex-col gap-2 border-b border-line py-2">
      <div className="flex min-h-7 flex-wrap items-center gap-2">
        {playing.isPlaying ? (
          <>
            <Button look="plain" onClick={player.watch}>
              Stop playing
            </Button>
            <Kbd keys="Escape Escape" isAlways />
            {!playing.hasPointer && (
              <Button look="quiet" isSmall onClick={player.lockPointer}>
                Lock the pointer
              </Button>
            )}
          </>
        ) : (
          <Button look="solid" icon="play" onClick={player.play}>
            {other && eye.config.lockstep ? `Take over from ${visibleName(other)} and play` : 'Play'}
          </Button>
        )}
        <p role="status" className="min-w-0 text-sm text-fg1">
          {wordsOf(playing)}
        </p>
      </div>
      {refused !== undefined && (
        <p role="alert" className="text-sm text-wait">
          {visible(said(refused))}.
        </p>
      )}
      {keys.length > 0 && (
        <ul aria-label="Keys of the game" className="flex flex-wrap gap-x-4 gap-y-2">
          {keys.map(({ does, keys: names }) => (
            <li key={does} className="flex items-center gap-1">
              {names.map((name) => (
                <GameKeyButton key={name} name={name} does={does} player={player} />
              ))}
              <span className="text-sm text-fg2">{visibleName(does)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function wordsOf({ isPlaying, hasKeys, hasPointer }: Playing): string {
  if (!isPlaying) return 'Your keys stay with this page.'
  if (!hasKeys) return 'Your keys stay with this page until you click the picture.'
  if (hasPointer) return 'Your keys and the pointer go to the game. Esc frees the pointer; Esc twice in a row stops playing.'
  return 'Your keys and the pointer go to the game. Esc twice in a row stops playing.'
}

/** A key on screen: for a finger, and to see which are down. */
function GameKeyButton({ name, does, player }: { name: string; does: string; player: Player }) {
  const { isPlaying, down } = useStore(player.now)
  const code = codeOfName(name)
  const isDown = code !== undefined && down.has(code)
  const hold = (on: boolean) => code !== undefined && isPlaying && player.hold(code, on)
  return (
    <button
      type="button"
      disabled={!isPlaying || code === undefined}
      aria-label={`${visibleName(keySign(name))}, ${visibleName(does)}`}
      aria-pressed={isDown}
      // The picture keeps the focus, and with it the keys.
      onMouseDown={(event) => event.preventDefault()}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        hold(true)
      }}
      onPointerUp={() => hold(false)}
      onPointerCancel={() => hold(false)}
      onContextMenu={(event) => event.preventDefault()}
      className="eye-key touch h-6 min-w-6 touch-none rounded-sm border border-ctl px-1.5 text-xs font-medium text-fg1 select-none"
    >
      {visibleName(keySign(name))}
    </button>
  )
}
