import type { Eye } from '~/api/generated'
import { takeStep } from '~/features/eyes/player'
import type { Screen } from '~/features/eyes/screen'
import { useSeen } from '~/features/eyes/use-screen'
import { formatMs } from '~/features/eyes/words'
import { formatNumber } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { Button } from '~/ui/Button'

const counts = [1, 10, 100] as const

/** Time by hand, in lockstep: it stands still, and each step is one frame. Who presses this holds the step. */
export function StepBar({ screen, eye }: { screen: Screen; eye: Eye }) {
  const { lease, isHeld: holds } = useSeen(screen)
  function hold(isOn: boolean) {
    if (!lease.isYours) screen.order(takeStep)
    screen.order({ type: 'hold', isHeld: isOn })
  }
  function step(steps: number) {
    if (!holds) hold(true)
    screen.order({ type: 'step', steps })
  }
  useKeys('pane', [
    { keys: 'p', label: holds ? 'let time go on' : 'hold time', run: () => hold(!holds) },
    { keys: 't', label: 'one step', canRepeat: true, run: () => step(1) },
  ])
  return (
    <div className="flex min-h-11 flex-wrap items-center gap-2 border-b border-line py-2">
      <Button isSmall keys="P" aria-pressed={holds} onClick={() => hold(!holds)}>
        {holds ? 'Let time go on' : 'Hold time'}
      </Button>
      <span role="group" aria-label="Steps by hand" className="flex items-center gap-1">
        {counts.map((count) => (
          <Button key={count} isSmall look="quiet" aria-label={count === 1 ? 'One step' : `${count} steps`} {...(count === 1 && { keys: 'T' })} onClick={() => step(count)}>
            {count === 1 ? 'Step' : `+${count}`}
          </Button>
        ))}
      </span>
      {lease.isYours && (
        <Button isSmall look="quiet" onClick={() => screen.order({ type: 'give' })}>
          Give the step back
        </Button>
      )}
      <span className="ml-auto text-sm text-fg2">
        {eye.status && `step ${formatNumber(eye.status.steps)}`}
        {eye.status?.stepP50Us !== undefined && `, ${formatMs(eye.status.stepP50Us)} ms a step`}
      </span>
    </div>
  )
}
