import { useQuery } from '@tanstack/react-query'
import { systemQuery, usageQuery } from '~/api/queries'
import { ConnectionBadge } from '~/app/Connection'
import { ThemeSwitch } from '~/app/ThemeSwitch'
import { formatCost, formatCount, plural } from '~/lib/format'
import { nothingIsPaid } from '~/ui/Demo'

/** One line at the bottom: whether the page is up to date, what is waiting for me, what today has cost. */
export function StatusBar({ waiting }: { waiting: number }) {
  const system = useQuery(systemQuery())
  return (
    <footer className="hidden h-7 shrink-0 items-center gap-4 border-t border-line bg-bg1 px-3 text-sm text-fg1 md:flex">
      <ConnectionBadge />
      {waiting > 0 && <span>{plural(waiting, 'ask')} open</span>}
      <span className="flex-1" />
      <UsageToday />
      <ThemeSwitch />
      {system.data && <span className="text-fg2">Muster {system.data.version}</span>}
    </footer>
  )
}

function UsageToday() {
  const usage = useQuery(usageQuery())
  const isDemo = useQuery(systemQuery()).data?.isDemo === true
  if (!usage.data) return null
  const { today } = usage.data
  const failed = today.errorCount > 0 ? `, ${formatCount(today.errorCount)} failed` : ''
  const title = `Today: ${formatCount(today.inputTokens)} tokens in, ${formatCount(today.outputTokens)} out, ${plural(today.requestCount, 'request')}${failed}`
  return (
    <span className="tnum" title={title}>
      Today {formatCount(today.tokensUsed)} tokens · {isDemo ? nothingIsPaid : formatCost(today.costMicros / 1_000_000)}
    </span>
  )
}
