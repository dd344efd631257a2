import { useQuery } from '@tanstack/react-query'
import { groupsOf } from '~/api/groups'
import { overviewQuery } from '~/api/overview'
import { systemQuery, usageQuery } from '~/api/queries'
import { useSeen } from '~/api/seen'
import { ConnectionBadge } from '~/app/Connection'
import { ThemeSwitch } from '~/app/ThemeSwitch'
import { formatCost, formatCount, plural } from '~/lib/format'
import { activeKeys } from '~/lib/keys'
import { useStore } from '~/lib/store'
import { nothingIsPaid } from '~/ui/Demo'
import { Kbd } from '~/ui/Kbd'
import { UndoMenu } from '~/ui/UndoMenu'

/** One line at the bottom: whether the page is up to date, who needs me, which keys work now, what today has cost. */
export function StatusBar() {
  return (
    <footer data-foot="" className="flex h-6 shrink-0 items-center gap-4 border-t border-line bg-bg1 pr-3 pl-4 text-sm whitespace-nowrap text-fg2 max-sm:hidden">
      <ConnectionBadge />
      <Attention />
      <Keys />
      <span aria-hidden="true" className="h-3 w-px bg-line2 max-lg:ml-auto" />
      <UndoMenu />
      <UsageToday />
      <ThemeSwitch />
    </footer>
  )
}

const mostKeys = 7

/** The keys of what has the focus now. */
function Keys() {
  const keys = useStore(activeKeys)
  return (
    <span aria-hidden="true" className="ml-auto flex min-w-0 gap-3.5 overflow-hidden max-lg:hidden">
      {keys.slice(0, mostKeys).map(({ scope, keys: one, label }) => (
        <span key={`${scope}${one}`} className="flex shrink-0 items-center gap-[5px]">
          <span className="text-fg1">
            <Kbd keys={one} isWithin />
          </span>
          {label}
        </span>
      ))}
    </span>
  )
}

function Attention() {
  const { data } = useQuery(overviewQuery())
  const { isSeen } = useSeen()
  if (!data) return null
  const { needs, working } = groupsOf(data, isSeen)
  const parts = [needs.length > 0 && `${needs.length} ${needs.length === 1 ? 'needs' : 'need'} you`, working.length > 0 && `${working.length} working`]
  return <span>{parts.filter(Boolean).join(' · ')}</span>
}

function UsageToday() {
  const usage = useQuery(usageQuery())
  const isDemo = useQuery(systemQuery()).data?.isDemo === true
  if (!usage.data) return null
  const { today } = usage.data
  const failed = today.errorCount > 0 ? `, ${formatCount(today.errorCount)} failed` : ''
  const title = `Today: ${formatCount(today.inputTokens)} tokens in, ${formatCount(today.outputTokens)} out, ${plural(today.requestCount, 'request')}${failed}`
  return <span title={title}>{isDemo ? nothingIsPaid : `${formatCost(today.costMicros / 1_000_000)} today`}</span>
}
