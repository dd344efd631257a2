import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { doctorQuery } from '~/api/doctor'
import { Step } from '~/features/welcome/Step'
import { plural, sentence } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { ErrorNote } from '~/ui/ErrorNote'
import { StatusGlyph } from '~/ui/Status'

const mostShown = 4

/** What the doctor finds on this machine: only what keeps agents from working is listed. */
export function ChecksStep() {
  const report = useQuery(doctorQuery())
  if (report.error)
    return (
      <Step title="This machine" state="now">
        <ErrorNote title="The checks could not be run" error={report.error} onRetry={() => void report.refetch()} />
      </Step>
    )
  if (!report.data) return <Step title="This machine" state="now" note="The checks run; this takes up to ten seconds." />
  const wrong = report.data.checks.filter(({ state }) => state === 'error')
  const warnings = report.data.checks.filter(({ state }) => state === 'warning').length
  const more = (
    <Link to="/doctor" className="text-fg1 underline underline-offset-3 hover:text-fg0">
      All {report.data.checks.length} checks
    </Link>
  )
  if (wrong.length === 0)
    return (
      <Step
        title="This machine"
        state="done"
        note={
          <>
            Has what Muster needs{warnings > 0 && `; ${plural(warnings, 'warning')}`}. {more}
          </>
        }
      />
    )
  return (
    <Step title="This machine" state="now" note={more}>
      <ul aria-label="What is missing" className="mt-1">
        {wrong.slice(0, mostShown).map(({ id, title, detail, advice }) => (
          <li key={`${id}-${title}`} className="grid grid-cols-[28px_minmax(0,1fr)] py-1">
            <StatusGlyph look="error" word="Error" className="mt-[3px]" />
            <span className="min-w-0 [overflow-wrap:anywhere]">
              <span className="font-medium">{visibleName(title)}</span> {visible(sentence(detail))}
              {advice !== undefined && <span className="block text-fg1">{visible(sentence(advice))}</span>}
            </span>
          </li>
        ))}
      </ul>
    </Step>
  )
}
