import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import type { Usage, UsageStats } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import { modelsOf, spendersOf, sumByWorkspace, usdOf, type Spender } from '~/features/usage/figures'
import { formatDay } from '~/lib/dates'
import { formatCost, formatCount, formatNumber } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { Section } from '~/ui/Section'
import { Skeleton } from '~/ui/Skeleton'
import { Segments } from '~/ui/Tabs'

const few = 7

/** The same figures as the bars. */
export function HistoryTable({ history }: { history: readonly UsageStats[] }) {
  const [isWhole, setWhole] = useState(false)
  const shown = isWhole ? history : history.slice(0, few)
  return (
    <div className="mt-4">
      <Table
        label="Usage by period"
        heads={['From', 'Requests', 'Failed', 'Tokens in', 'Tokens out', 'Cost']}
        rows={shown.map(({ date = '', requestCount, errorCount, inputTokens, outputTokens, costMicros }) => ({
          key: date,
          cells: [formatDay(`${date}T12:00`), formatNumber(requestCount), errorCount === 0 ? '' : formatNumber(errorCount), formatCount(inputTokens), formatCount(outputTokens), formatCost(usdOf(costMicros))],
        }))}
      />
      {history.length > few && (
        <Button look="quiet" isSmall onClick={() => setWhole((now) => !now)}>
          {isWhole ? 'Show fewer' : `Show ${history.length - few} more`}
        </Button>
      )}
    </div>
  )
}

const spans = [
  { id: 'today', label: 'Today' },
  { id: 'thisWeek', label: 'Week' },
  { id: 'thisMonth', label: 'Month' },
] as const

export function ByModel({ usage }: { usage: Usage }) {
  const [span, setSpan] = useState<(typeof spans)[number]['id']>('thisWeek')
  const models = modelsOf(usage[span])
  const all = models.reduce((sum, { tokens }) => sum + tokens, 0)
  return (
    <div className="mt-8">
      <Section title="By model" more={<Segments label="Span" tabs={spans} current={span} onChange={setSpan} />}>
        {models.length === 0 ? (
          <p className="py-2 text-fg2">No CLI has named a model in this time.</p>
        ) : (
          <Table
            label="Tokens by model"
            heads={['Model', 'Tokens', 'Share']}
            rows={models.map(({ model, tokens }) => ({ key: model, cells: [<code key="model" className="font-mono text-sm">{visibleName(model)}</code>, formatCount(tokens), `${Math.round((100 * tokens) / all)} %`] }))}
          />
        )}
      </Section>
    </div>
  )
}

const mostSpenders = 20

/** By workspace and by agent, since each agent was created. */
export function Spenders() {
  const overview = useQuery(overviewQuery())
  const [of, setOf] = useState<'agents' | 'workspaces'>('workspaces')
  if (overview.error) return <ErrorNote title="Agents could not be read" error={overview.error} onRetry={() => void overview.refetch()} />
  const names = new Map((overview.data?.workspaces ?? []).map(({ workspaceId, name }) => [workspaceId, name]))
  const agents = spendersOf(overview.data?.agents ?? [], (id) => names.get(id) ?? '')
  const rows = of === 'agents' ? agents : sumByWorkspace(agents)
  return (
    <div className="mt-8">
      <Section
        title="By workspace and agent"
        more={<Segments label="Rows" tabs={[{ id: 'workspaces', label: 'Workspaces' }, { id: 'agents', label: 'Agents' }]} current={of} onChange={setOf} />}
      >
        <p className="pb-1 text-sm text-fg2">Since each agent was created, without those that are archived.</p>
        {overview.isPending ? (
          <Skeleton label="Reading the agents" rows={3} />
        ) : rows.length === 0 ? (
          <p className="py-2 text-fg2">No agent has used anything yet.</p>
        ) : (
          <Table
            label={of === 'agents' ? 'Usage by agent' : 'Usage by workspace'}
            heads={of === 'agents' ? ['Agent', 'Workspace', 'Tokens', 'Cost'] : ['Workspace', 'Tokens', 'Cost']}
            rows={rows.slice(0, mostSpenders).map((row) => ({ key: row.id, cells: spenderCells(row, of === 'agents') }))}
          />
        )}
        {rows.length > mostSpenders && <p className="pt-1 text-sm text-fg2">{formatNumber(rows.length - mostSpenders)} more used less.</p>}
      </Section>
    </div>
  )
}

const look = 'hover:underline'

function spenderCells({ id, name, place, workspaceId, tokens, costMicros }: Spender, isAgent: boolean): ReactNode[] {
  const figures = [formatCount(tokens), formatCost(usdOf(costMicros))]
  const text = visibleName(name)
  if (!isAgent)
    return [
      <Link key="name" to="/w/$workspaceId" params={{ workspaceId }} className={look}>
        {text}
      </Link>,
      ...figures,
    ]
  return [
    <Link key="name" to="/w/$workspaceId/a/$agentId" params={{ workspaceId, agentId: id }} className={look}>
      {text}
    </Link>,
    <span key="place" className="text-fg2">
      {visibleName(place)}
    </span>,
    ...figures,
  ]
}

type TableProps = { label: string; heads: readonly string[]; rows: readonly { key: string; cells: readonly ReactNode[] }[] }

const texts: ReadonlySet<string | undefined> = new Set(['From', 'Model', 'Agent', 'Workspace'])
const isNumber = (head: string | undefined) => !texts.has(head)

/** Text at the left, numbers at the right. */
function Table({ label, heads, rows }: TableProps) {
  return (
    <div role="region" aria-label={label} tabIndex={0} className="overflow-x-auto">
      <table aria-label={label} className="w-full border-collapse">
        <thead>
          <tr className="h-6 text-xs text-fg2">
            {heads.map((head) => (
              <th key={head} scope="col" className={`font-normal ${isNumber(head) ? 'pl-4 text-right whitespace-nowrap' : 'text-left'}`}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells }) => (
            <tr key={key} className="h-8 border-t border-line">
              {cells.map((cell, place) => (
                <td key={heads[place]} className={isNumber(heads[place]) ? 'pl-4 text-right whitespace-nowrap' : 'max-w-60 truncate'}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
