import { useQuery } from '@tanstack/react-query'
import { healthQuery } from '~/api/health'
import { formatMinute, sentence } from '~/lib/format'
import { visible } from '~/lib/visible'
import { Icon } from '~/ui/Icon'

/** The problems that the daemon reports about itself: a full disk, a damaged store. Empty if there are none. */
export function HealthBanner() {
  const health = useQuery(healthQuery())
  if (!health.data || health.data.length === 0) return null
  return (
    <div role="alert" className="flex shrink-0 flex-col gap-1 border-b border-l-2 border-line border-l-g-err bg-bg3 px-3 py-1 text-sm">
      {health.data.map((problem) => (
        <p key={problem.message} className="flex items-center gap-2">
          <Icon name="warn" className="text-err" />
          <span className="min-w-0 flex-1 break-words">{visible(sentence(problem.message))}{problem.since && ` It has been so since ${formatMinute(problem.since)}.`}</span>
        </p>
      ))}
    </div>
  )
}
