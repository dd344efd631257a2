import type { Eye } from '~/api/generated'
import { isAlive } from '~/api/eye-queries'
import { useAct } from '~/api/use-act'
import { Button } from '~/ui/Button'

/** What can be done to the whole eye. */
export function EyeActs({ eye }: { eye: Eye }) {
  const stop = useAct('stop_synthetic_eye', undefined, 'toasted')
  const restart = useAct('restart_synthetic_eye', undefined, 'toasted')
  const isBusy = stop.isPending || restart.isPending
  if (!isAlive(eye))
    return (
      <Button look="solid" icon="play" isOff={isBusy} onClick={() => restart.mutate({ eyeId: eye.id })}>
        {restart.isPending ? 'Starting' : 'Start again'}
      </Button>
    )
  return (
    <>
      <Button look="quiet" icon="restore" isOff={isBusy} onClick={() => restart.mutate({ eyeId: eye.id })}>
        {restart.isPending ? 'Restarting' : 'Restart'}
      </Button>
      <Button look="quiet" icon="stop" isOff={isBusy} onClick={() => stop.mutate({ eyeId: eye.id })}>
        {stop.isPending ? 'Stopping' : 'Stop'}
      </Button>
    </>
  )
}
