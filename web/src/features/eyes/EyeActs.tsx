import { useState } from 'react'
import type { Eye } from '~/api/generated'
import { isAlive } from '~/api/eye-list'
import { useAct } from '~/api/use-act'
import { ChangeEye } from '~/features/eyes/ChangeEye'
import { DeleteEye } from '~/features/eyes/DeleteEye'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { useCommands } from '~/ui/commands'
import { Menu, type MenuItem } from '~/ui/Menu'

/** What can be done to the whole eye. */
export function EyeActs({ eye }: { eye: Eye }) {
  const { id: eyeId } = eye
  const [open, setOpen] = useState<'change' | 'delete'>()
  const stop = useAct('stop_synthetic_eye', undefined, 'toasted')
  const restart = useAct('restart_synthetic_eye', undefined, 'toasted')
  const startGame = useAct('start_eye_program', undefined, 'toasted')
  const stopGame = useAct('stop_eye_program', undefined, 'toasted')
  const alive = isAlive(eye)
  const isBusy = stop.isPending || restart.isPending
  const again = () => restart.mutate({ eyeId })
  const hasGame = eye.program?.event === 'started'
  const change = { label: 'Change and restart…', run: () => setOpen('change') } as const
  const items: readonly MenuItem[] = alive
    ? [
        change,
        ...(eye.isPattern ? [] : [hasGame ? { label: 'End the game only', run: () => stopGame.mutate({ eyeId }) } : { label: 'Start the game again', run: () => startGame.mutate({ eyeId }) }]),
        'line',
        { label: 'Delete', isDanger: true, isOff: 'Stop it first', run: () => setOpen('delete') },
      ]
    : [change, 'line', { label: 'Delete…', isDanger: true, run: () => setOpen('delete') }]
  useCommands(eye.name, [
    ...(alive ? [{ label: 'Stop the eye', icon: 'stop', same: `eye stop ${eyeId}`, run: () => stop.mutate({ eyeId }) } as const] : []),
    { label: alive ? 'Restart the eye' : 'Start the eye again', icon: 'restore', same: `eye restart ${eyeId}`, run: again },
  ])
  return (
    <>
      <Menu label={`More about ${visibleName(eye.name)}`} icon="more" items={items} />
      {alive && !hasGame && !eye.isPattern && eye.state === 'idle' && (
        <Button look="solid" icon="play" isOff={startGame.isPending} onClick={() => startGame.mutate({ eyeId })}>
          Start the game again
        </Button>
      )}
      <Button look={alive ? 'quiet' : 'solid'} icon={alive ? 'restore' : 'play'} isOff={isBusy} onClick={again}>
        {restart.isPending ? (alive ? 'Restarting' : 'Starting') : alive ? 'Restart' : 'Start again'}
      </Button>
      {alive && (
        <Button look="quiet" icon="stop" isOff={isBusy} onClick={() => stop.mutate({ eyeId })}>
          {stop.isPending ? 'Stopping' : 'Stop'}
        </Button>
      )}
      {open === 'change' && <ChangeEye eye={eye} onClose={() => setOpen(undefined)} />}
      {open === 'delete' && <DeleteEye eye={eye} onClose={() => setOpen(undefined)} />}
    </>
  )
}
