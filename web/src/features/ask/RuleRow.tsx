import { useQuery } from '@tanstack/react-query'
import type { Rule } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import { answeredAsksQuery } from '~/api/workspace-queries'
import { patternText } from '~/features/ask/rule-draft'
import { usePlace } from '~/features/ask/use-place'
import { formatNumber, plural } from '~/lib/format'
import { type Look } from '~/lib/status'
import { StatusGlyph } from '~/ui/Status'
import { visible, visibleName } from '~/lib/visible'
import { Age } from '~/ui/Age'
import { Menu } from '~/ui/Menu'

const looks: Record<Rule['decision'], { look: Look; word: string }> = {
  allow: { look: 'finished', word: 'Allow' },
  deny: { look: 'error', word: 'Deny' },
  ask: { look: 'waiting', word: 'Ask' },
}

/** Where a rule holds, by name. */
export function useScopeText({ workspaceId, worktreeId, agentId }: Pick<Rule, 'workspaceId' | 'worktreeId' | 'agentId'>): string {
  const { data } = useQuery(overviewQuery())
  if (agentId !== undefined) return `for ${visibleName(data?.agents.find(({ id }) => id === agentId)?.name ?? 'one agent')}`
  if (worktreeId !== undefined) return `in ${visibleName(data?.worktrees.find(({ id }) => id === worktreeId)?.name ?? 'one worktree')}`
  if (workspaceId !== undefined) return `in ${visibleName(data?.workspaces.find((row) => row.workspaceId === workspaceId)?.name ?? 'one workspace')}`
  return 'everywhere'
}

/** Who asked last what this rule answered, as far as the newest answers say it. */
function LastUse({ rule }: { rule: Rule }) {
  const { data } = useQuery(answeredAsksQuery())
  const last = data?.asks.find(({ ruleId, decidedBy }) => ruleId === rule.id && decidedBy === 'rule')
  const { agent } = usePlace({ subjectId: last?.subjectId ?? '' })
  return <>{agent ? visibleName(agent.name) : 'last'}</>
}

type RuleRowProps = {
  rule: Rule
  place: number
  count: number
  isChosen: boolean
  onChoose: () => void
  onEdit: () => void
  onMove: (by: number) => void
  onDelete: () => void
  onToggle: () => void
}

/** A rule in two lines: what it decides, where it holds, and when it last did. */
export function RuleRow({ rule, place, count, isChosen, onChoose, onEdit, onMove, onDelete, onToggle }: RuleRowProps) {
  const scope = useScopeText(rule)
  const { look, word } = looks[rule.decision]
  const isOff = rule.enabled === false
  const text = patternText(rule)
  return (
    <li className={`grid min-h-12 grid-cols-[24px_22px_minmax(0,1fr)_auto_auto] items-center gap-x-1.5 rounded-md px-2 py-1 ${isChosen ? 'bg-bg4' : 'hover:bg-bg3'}`}>
      <span className="text-right text-sm text-fg2">{place + 1}</span>
      <span className="grid place-items-center">
        <StatusGlyph look={isOff ? 'idle' : look} />
      </span>
      <button type="button" data-rule={rule.id} aria-current={isChosen || undefined} tabIndex={isChosen ? 0 : -1} onFocus={onChoose} onClick={onChoose} onDoubleClick={onEdit} className="touch min-w-0 rounded-sm text-left">
        <span className="flex min-w-0 items-baseline gap-2">
          <span className="shrink-0 font-medium">{isOff ? `${word}, switched off` : word}</span>
          <span className="truncate font-mono text-sm">{visibleName(text)}</span>
        </span>
        <span className="block truncate text-sm text-fg2">
          {scope}
          {rule.gone === undefined ? rule.note && `, ${visible(rule.note)}` : <span className="text-err">: {visible(rule.gone)}</span>}
        </span>
      </button>
      <span className="flex flex-col items-end text-sm text-fg2 max-sm:hidden">
        <span>{rule.matched === 0 ? 'never matched' : plural(rule.matched, 'ask').replace(/^\d+/, () => formatNumber(rule.matched))}</span>
        {rule.lastMatchedAt !== undefined && (
          <span>
            <LastUse rule={rule} /> <Age at={rule.lastMatchedAt} /> ago
          </span>
        )}
      </span>
      <Menu
        label={`Actions on rule ${place + 1}`}
        icon="more"
        isSmall
        items={[
          { label: 'Edit', keys: 'E', run: onEdit },
          { label: isOff ? 'Switch on' : 'Switch off', run: onToggle },
          'line',
          { label: 'Move up', keys: 'Alt+ArrowUp', isOff: place === 0 ? 'It is the first.' : undefined, run: () => onMove(-1) },
          { label: 'Move down', keys: 'Alt+ArrowDown', isOff: place === count - 1 ? 'It is the last.' : undefined, run: () => onMove(1) },
          { label: 'Move to the top', isOff: place === 0 ? 'It is the first.' : undefined, run: () => onMove(-place) },
          { label: 'Move to the bottom', isOff: place === count - 1 ? 'It is the last.' : undefined, run: () => onMove(count - 1 - place) },
          'line',
          { label: 'Delete', keys: 'Delete', isDanger: true, run: onDelete },
        ]}
      />
    </li>
  )
}
