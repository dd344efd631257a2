import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import type { Usage, UsageStats } from '~/api/generated'
import { systemQuery, usageQuery } from '~/api/queries'
import { usageHistoryQuery } from '~/api/usage'
import { Bars } from '~/features/usage/Bars'
import { csvOf, usdOf } from '~/features/usage/figures'
import { Limits } from '~/features/usage/Limits'
import { ByModel, HistoryTable, Spenders } from '~/features/usage/Tables'
import { formatCost, formatCount, formatNumber, plural } from '~/lib/format'
import { Button } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Main, Scroll } from '~/ui/Main'
import { Section } from '~/ui/Section'
import { Skeleton } from '~/ui/Skeleton'
import { Segments } from '~/ui/Tabs'

const route = getRouteApi('/usage')

export const periods = [
  { id: 'daily', label: 'Days', count: 30 },
  { id: 'weekly', label: 'Weeks', count: 26 },
  { id: 'monthly', label: 'Months', count: 12 },
] as const

/** The file is made here: the daemon has no such answer. */
function save(name: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}

export function UsagePage() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const period = periods.find(({ id }) => id === search.by) ?? periods[0]
  const usage = useQuery(usageQuery())
  const history = useQuery(usageHistoryQuery(period.id))
  const [unit, setUnit] = useState<'cost' | 'tokens'>('cost')
  const rows = history.data?.history ?? []
  return (
    <Main title="Usage">
      <Scroll>
        <div className="max-w-[1080px]">
          <div className="flex min-h-9 flex-wrap items-center gap-3">
            <h1 className="mr-auto text-xl font-semibold tracking-[-0.016em]">Usage</h1>
            <Segments label="Period" tabs={periods.map(({ id, label }) => ({ id, label }))} current={period.id} onChange={(by) => void navigate({ search: { by }, replace: true })} />
            <Button isOff={rows.length === 0} onClick={() => save(`muster-usage-${period.id}.csv`, csvOf(rows))}>
              Export CSV
            </Button>
          </div>
          {usage.error && <ErrorNote title="The usage could not be read" error={usage.error} onRetry={() => void usage.refetch()} />}
          {usage.isPending && <Skeleton label="Reading the usage" rows={8} />}
          {usage.data && <Now usage={usage.data} />}
          {usage.data && <Limits usage={usage.data} />}
          <div className="mt-8">
            <Section
              title={`By ${period.label.toLowerCase().slice(0, -1)}`}
              more={<Segments label="Unit" tabs={[{ id: 'cost', label: 'Cost' }, { id: 'tokens', label: 'Tokens' }]} current={unit} onChange={setUnit} />}
            >
              {history.error && <ErrorNote title="The history could not be read" error={history.error} onRetry={() => void history.refetch()} />}
              {history.isPending && <Skeleton label="Reading the history" rows={6} />}
              {history.isSuccess && rows.length === 0 && <NothingUsed />}
              {rows.length > 0 && usage.data && (
                <>
                  <Bars history={rows} today={usage.data.today.date} period={period.id} count={period.count} unit={unit} />
                  <HistoryTable history={rows} />
                </>
              )}
            </Section>
          </div>
          {usage.data && <ByModel usage={usage.data} />}
          <Spenders />
          <NotMeasured />
        </div>
      </Scroll>
    </Main>
  )
}

/** One figure on the page; the rest in words beside it. */
function Now({ usage: { today, thisWeek, thisMonth } }: { usage: Usage }) {
  return (
    <div className="mt-4 flex flex-wrap items-end gap-x-12 gap-y-4">
      <div>
        <p className="text-sm text-fg2">Today</p>
        <p className="text-2xl font-semibold tracking-[-0.02em]">{formatCost(usdOf(today.costMicros))}</p>
        <p className="text-sm text-fg2">{detailOf(today)}</p>
      </div>
      <Sum title="This week" stats={thisWeek} />
      <Sum title="This month" stats={thisMonth} />
    </div>
  )
}

function detailOf({ inputTokens, outputTokens, requestCount, errorCount }: UsageStats): string {
  const failed = errorCount > 0 ? `, ${formatNumber(errorCount)} failed` : ''
  return `${formatCount(inputTokens)} tokens in, ${formatCount(outputTokens)} out, ${plural(requestCount, 'request')}${failed}`
}

function Sum({ title, stats }: { title: string; stats: UsageStats }) {
  return (
    <div>
      <p className="text-sm text-fg2">{title}</p>
      <p className="font-medium">{formatCost(usdOf(stats.costMicros))}</p>
      <p className="text-sm text-fg2">{detailOf(stats)}</p>
    </div>
  )
}

function NothingUsed() {
  return <Empty title="Nothing has been used yet." text="Tokens and cost appear with the first answer that a CLI reports." command="usage history" />
}

/** What the figures do not hold. */
function NotMeasured() {
  const isDemo = useQuery(systemQuery()).data?.isDemo === true
  return (
    <div className="mt-8 text-sm text-fg2">
      <p>
        Figures are what the CLIs report. A CLI that reports no price counts tokens only, and an agent in a terminal counts nothing. They are kept by day, by the clock of the machine that Muster
        runs on: hours are not recorded. A subscription’s own limits are not known here.
      </p>
      {isDemo && <p className="mt-1">In the demo a scripted model answers: nothing is paid.</p>}
    </div>
  )
}
