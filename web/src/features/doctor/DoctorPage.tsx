import { useQuery } from '@tanstack/react-query'
import type { DoctorRow } from '~/api/generated'
import { doctorQuery } from '~/api/doctor'
import { systemQuery } from '~/api/queries'
import { Clis } from '~/features/doctor/Clis'
import { Holds, Unfinished, Unknown } from '~/features/doctor/LeftBehind'
import { detailsOf, sortedChecks, stateLooks, summaryOf } from '~/features/doctor/report'
import { Stored } from '~/features/doctor/Stored'
import { useNow } from '~/lib/clock'
import { formatWhen } from '~/lib/dates'
import { sentence } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { useCopy } from '~/ui/CopyButton'
import { ErrorNote } from '~/ui/ErrorNote'
import { Main, Scroll } from '~/ui/Main'
import { Section } from '~/ui/Section'
import { Skeleton } from '~/ui/Skeleton'
import { StatusGlyph } from '~/ui/Status'

export function DoctorPage() {
  const report = useQuery(doctorQuery())
  const system = useQuery(systemQuery()).data
  const { isDone, copy } = useCopy()
  const again = () => !report.isFetching && void report.refetch()
  useKeys('pane', [{ keys: 'r', label: 'check again', run: again }])
  return (
    <Main title="Doctor">
      <Scroll>
        <div className="max-w-[1080px]">
          <div className="flex min-h-9 flex-wrap items-center gap-3">
            <h1 className="mr-auto text-xl font-semibold tracking-[-0.016em]">Doctor</h1>
            <Button look="quiet" isOff={!report.data} onClick={() => report.data && copy(detailsOf(system?.version ?? '', report.data))}>
              {isDone ? 'Copied' : 'Copy details'}
            </Button>
            <Button keys="R" isOff={report.isFetching} onClick={again}>
              {report.isFetching ? 'Checking' : 'Check again'}
            </Button>
          </div>
          <p className="mb-4 text-fg2">
            {report.data ? <Summary checks={report.data.checks} at={report.data.endedAt} /> : `What Muster needs on this machine${report.isFetching ? ', checked now' : ''}.`}
          </p>
          {report.error && <ErrorNote title="The checks could not be run" error={report.error} onRetry={again} />}
          {report.isPending && <Skeleton label="Running the checks" rows={10} />}
          {report.data && (
            <ul aria-label="Checks">
              {sortedChecks(report.data.checks).map((check, at) => (
                <CheckRow key={`${check.id}-${check.title}-${at}`} check={check} />
              ))}
            </ul>
          )}
          <div className="mt-8 flex flex-col gap-8">
            <Clis />
            <Unfinished />
            <Unknown />
            <Holds />
            <Stored />
            {system && (
              <Section title="Version">
                <p className="text-fg1">
                  Muster {visibleName(system.version)}, data in <span className="font-mono text-sm [overflow-wrap:anywhere]">{visibleName(system.home)}</span>
                </p>
              </Section>
            )}
          </div>
        </div>
      </Scroll>
    </Main>
  )
}

function Summary({ checks, at }: { checks: readonly DoctorRow[]; at: string }) {
  const now = useNow()
  return (
    <span role="status">
      {summaryOf(checks)}, {formatWhen(at, now)}
    </span>
  )
}

/** The daemon writes commands between backticks. */
function withCode(text: string) {
  return text.split('`').map((part, at) =>
    at % 2 === 0 ? (
      visible(part)
    ) : (
      <code key={at} className="rounded-sm bg-bg3 px-1 py-px font-mono text-[0.9em]">
        {visible(part)}
      </code>
    ),
  )
}

function CheckRow({ check: { title, state, detail, advice } }: { check: DoctorRow }) {
  const { look, word } = stateLooks[state]
  return (
    <li className="grid min-h-8 grid-cols-[28px_144px_minmax(0,1fr)] items-start border-t border-line py-1.5 max-sm:grid-cols-[28px_minmax(0,1fr)]">
      <StatusGlyph look={look} word={word} className="mt-[3px]" />
      <span className={state === 'skipped' ? 'text-fg2' : 'font-medium'}>{visibleName(title)}</span>
      <span className="min-w-0 [overflow-wrap:anywhere] max-sm:col-start-2">
        <span className={state === 'skipped' ? 'text-fg2' : 'text-fg1'}>{visible(sentence(detail))}</span>
        {advice !== undefined && <span className="block text-fg0">{withCode(sentence(advice))}</span>}
      </span>
    </li>
  )
}
