import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Eye } from '~/api/generated'
import { eyesQuery, isAlive } from '~/api/eye-list'
import '~/features/eyes/eyes.css'
import { EndedEyes } from '~/features/eyes/EndedEyes'
import { EyeCard } from '~/features/eyes/EyeCard'
import { Requirements } from '~/features/eyes/Requirements'
import { StartEye } from '~/features/eyes/StartEye'
import { useKeys } from '~/lib/keys'
import { Button } from '~/ui/Button'
import { useCommands } from '~/ui/commands'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Main, Scroll } from '~/ui/Main'
import { Skeleton } from '~/ui/Skeleton'

/** All eyes: what each shows now, the ones that have ended, and what this machine has for them. */
export function EyesPage() {
  const { data, error, isPending, refetch } = useQuery(eyesQuery())
  const [isStarting, setStarting] = useState(false)
  const start = () => setStarting(true)
  useKeys('pane', [{ keys: 's', label: 'start an eye', run: start }])
  useCommands('Eyes', [{ label: 'Start an eye', icon: 'plus', keys: 's', same: 'eye start', words: 'game synthetic play', run: start }])
  const eyes = data?.eyes ?? []
  return (
    <Main title="Eyes">
      <Scroll>
        <div className="flex min-h-9 flex-wrap items-center gap-3">
          <h1 className="text-xl font-semibold tracking-[-0.016em]">Eyes</h1>
          <span className="mr-auto text-fg2">{data && summaryOf(eyes)}</span>
          <Button look="solid" icon="plus" keys="S" onClick={start}>
            Start an eye
          </Button>
        </div>
        <p className="mb-4 max-w-[720px] text-fg2">A game runs in an eye without a screen, and each frame goes to a program that learns from it, or to you. Eyes go on when Muster stops.</p>
        {error && <ErrorNote title="Eyes could not be read" error={error} onRetry={() => void refetch()} />}
        {isPending && <Skeleton label="Reading the eyes" rows={6} />}
        {data && eyes.length === 0 && (
          <Empty title="No eye has been started yet." text="Start one with a game to watch it here and to play it by keyboard." action={<Button icon="plus" onClick={start}>Start an eye</Button>} command="eye start" />
        )}
        {eyes.some(isAlive) && (
          <ul aria-label="Running eyes" className="eye-cards">
            {eyes.filter(isAlive).map((eye) => (
              <EyeCard key={eye.id} eye={eye} />
            ))}
          </ul>
        )}
        <div className="mt-8 flex flex-col gap-8">
          <EndedEyes eyes={eyes.filter((eye) => !isAlive(eye))} />
          <Requirements />
        </div>
      </Scroll>
      {isStarting && <StartEye onClose={() => setStarting(false)} />}
    </Main>
  )
}

function summaryOf(eyes: readonly Eye[]): string {
  const alive = eyes.filter(isAlive).length
  if (alive === 0) return eyes.length === 0 ? '' : 'none runs'
  return `${alive} running`
}
