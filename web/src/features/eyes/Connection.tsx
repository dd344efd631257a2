import type { Eye, EyeBench, EyeConnection } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { formatRate, said, sizeText } from '~/features/eyes/words'
import { formatNumber } from '~/lib/format'
import { visible } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { Section } from '~/ui/Section'
import { StatusGlyph } from '~/ui/Status'

const benchFrames = 300
const benchSeconds = 20

/** Whether a consumer reaches the eye, and how fast it gets frames: both are tried, not guessed. */
export function Connection({ eye }: { eye: Eye }) {
  const test = useAct('test_synthetic_eye_connection')
  const bench = useAct('benchmark_synthetic_eye')
  return (
    <Section title="Connection">
      <div className="flex flex-wrap gap-2 border-t border-line py-2">
        <Button isSmall isOff={test.isPending} onClick={() => test.mutate({ eyeId: eye.id })}>
          {test.isPending ? 'Testing' : 'Test connection'}
        </Button>
        <Button isSmall isOff={bench.isPending} onClick={() => bench.mutate({ eyeId: eye.id, frames: benchFrames, seconds: benchSeconds })}>
          {bench.isPending ? 'Taking frames' : 'Benchmark'}
        </Button>
      </div>
      <div role="status">
        {test.data && <Tested found={test.data} />}
        {bench.data && <Measured bench={bench.data} />}
      </div>
      {test.error && <ErrorNote title="The connection could not be tested" error={test.error} />}
      {bench.error && <ErrorNote title="The benchmark could not be run" error={bench.error} />}
    </Section>
  )
}

const ms = (value: number) => `${value < 10 ? value.toFixed(2) : value.toFixed(1)} ms`

function Tested({ found: { ok, failed, connectMs, frameMs, latencyMs, width, height } }: { found: EyeConnection }) {
  const facts = [
    width !== undefined && height !== undefined && `a frame of ${sizeText({ width, height })}`,
    connectMs !== undefined && `connected in ${ms(connectMs)}`,
    frameMs !== undefined && `first frame after ${ms(frameMs)}`,
    latencyMs !== undefined && `${ms(latencyMs)} on its way`,
  ].filter(Boolean)
  return (
    <p className="flex items-start gap-2 py-1">
      <StatusGlyph look={ok ? 'finished' : 'error'} className="mt-[3px]" />
      <span>{ok ? `It works: ${facts.join(', ')}.` : `${visible(said(failed ?? 'no frame came'))}.`}</span>
    </p>
  )
}

function Measured({ bench: { ok, mode, role, frames, elapsed_s, fps, per_frame_ms, failed } }: { bench: EyeBench }) {
  return (
    <div className="flex items-start gap-2 py-1">
      <StatusGlyph look={ok ? 'finished' : 'error'} className="mt-[3px]" />
      <div>
        <p>
          <strong className="font-medium">{formatRate(fps)} frames a second</strong>
          {`: ${formatNumber(frames)} in ${elapsed_s.toFixed(2)} s, ${mode === 'lockstep' ? 'in lockstep' : 'in free run'}${role === 'watch' && mode === 'lockstep' ? ', watching' : ''}.`}
        </p>
        {per_frame_ms && <p className="text-sm text-fg2">{`Each took ${ms(per_frame_ms.p50)} (p50), ${ms(per_frame_ms.p95)} (p95), at least ${ms(per_frame_ms.min)}, at most ${ms(per_frame_ms.max)}.`}</p>}
        {failed !== undefined && <p className="text-sm text-err">{visible(said(failed))}</p>}
      </div>
    </div>
  )
}
