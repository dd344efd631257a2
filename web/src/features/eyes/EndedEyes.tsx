import { Link } from '@tanstack/react-router'
import type { Eye } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { EyeStatus } from '~/features/eyes/EyeStatus'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { Section } from '~/ui/Section'

/** Those that do not run: they keep their recordings, and can be started again. */
export function EndedEyes({ eyes }: { eyes: readonly Eye[] }) {
  const restart = useAct('restart_synthetic_eye')
  if (eyes.length === 0) return null
  return (
    <Section title="Not running" count={eyes.length}>
      {restart.error && <ErrorNote title="The eye could not be started" error={restart.error} />}
      <ul>
        {eyes.map((eye) => (
          <li key={eye.id} className="flex min-h-8 flex-wrap items-center gap-x-4 border-t border-line py-1">
            <Link to="/eyes/$eyeId" params={{ eyeId: eye.id }} className="touch flex min-w-0 items-center font-medium hover:underline">
              <span className="truncate">{visibleName(eye.name)}</span>
            </Link>
            <span className="min-w-0 flex-1">
              <EyeStatus eye={eye} />
            </span>
            <Button isSmall look="quiet" aria-label={`Start ${visibleName(eye.name)} again`} isOff={restart.isPending} onClick={() => restart.mutate({ eyeId: eye.id })}>
              Start again
            </Button>
          </li>
        ))}
      </ul>
    </Section>
  )
}
