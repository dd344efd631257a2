import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Rule } from '~/api/generated'
import { rulesQuery } from '~/api/workspace-queries'
import { useAct } from '~/api/use-act'
import { ruleText, reachText } from '~/features/settings/rule-text'
import { plural } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { linkLook } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Menu } from '~/ui/Menu'
import { Skeleton } from '~/ui/Skeleton'
import { toastUndo } from '~/ui/toasts'

/** The rules that answer asks, in their order. New ones are made from an ask, where their effect is seen. */
export function Approvals() {
  const rules = useQuery(rulesQuery())
  if (rules.error) return <ErrorNote title="The rules could not be read" error={rules.error} onRetry={() => void rules.refetch()} />
  if (!rules.data) return <Skeleton label="Reading the rules" />
  if (rules.data.rules.length === 0)
    return (
      <Empty
        title="No rule answers for you."
        text="Every ask that an agent’s permissions do not cover waits for you. A rule is made from an ask, with a preview of what it would have answered."
        action={
          <Link to="/inbox" className={linkLook('plain')}>
            Open the inbox
          </Link>
        }
        command="rule create"
      />
    )
  return (
    <>
      <p className="pt-1 pb-3 text-fg2">The first rule that matches an ask answers it; without one the ask waits for you.</p>
      <ol aria-label="Rules">
        {rules.data.rules.map((rule, place) => (
          <RuleRow key={rule.id} rule={rule} place={place} rules={rules.data.rules} />
        ))}
      </ol>
    </>
  )
}

const words = { allow: 'Allow', deny: 'Deny', ask: 'Ask me' } as const

function RuleRow({ rule, place, rules }: { rule: Rule; place: number; rules: readonly Rule[] }) {
  const isOff = rule.enabled === false
  return (
    <li className="grid min-h-14 grid-cols-[28px_minmax(0,1fr)_auto] items-center border-t border-line py-2">
      <span className="text-sm text-fg2">{place + 1}</span>
      <div className="min-w-0">
        <p className={isOff ? 'text-fg2' : ''}>
          <span className="font-medium">{words[rule.decision]}</span>{' '}
          <code className="font-mono text-sm [overflow-wrap:anywhere]">{visibleName(ruleText(rule))}</code>
        </p>
        <p className="mt-0.5 text-sm text-fg2">
          {isOff && 'Off. '}
          {reachText(rule)}, {rule.matched === 0 ? 'has matched nothing' : `has matched ${plural(rule.matched, 'ask')}`}
          {rule.gone !== undefined && `; ${visible(rule.gone)}`}
          {rule.note !== undefined && rule.note !== '' && `: ${visible(rule.note)}`}
        </p>
      </div>
      <RuleMenu rule={rule} place={place} rules={rules} />
    </li>
  )
}

function moved(rules: readonly Rule[], from: number, to: number): string[] {
  const ids = rules.map(({ id }) => id)
  ids.splice(to, 0, ...ids.splice(from, 1))
  return ids
}

function RuleMenu({ rule, place, rules }: { rule: Rule; place: number; rules: readonly Rule[] }) {
  const update = useAct('update_rule', undefined, 'toasted')
  const reorder = useAct('reorder_rules', undefined, 'toasted')
  const create = useAct('create_rule', undefined, 'toasted')
  const { id: ruleId, position, createdBy: _by, matched: _n, gone: _gone, lastMatchedAt: _at, createdAt: _made, updatedAt: _changed, ...values } = rule
  const remove = useAct('delete_rule', () => toastUndo('Deleted the rule', () => create.mutateAsync({ ...values, position })), 'toasted')
  const isOff = rule.enabled === false
  return (
    <Menu
      label={`Rule ${place + 1}`}
      icon="more"
      items={[
        { label: isOff ? 'Turn on' : 'Turn off', run: () => update.mutate({ ...values, ruleId, enabled: isOff }) },
        { label: 'Move up', isOff: place === 0 ? 'It is the first' : undefined, run: () => reorder.mutate({ ruleIds: moved(rules, place, place - 1) }) },
        {
          label: 'Move down',
          isOff: place === rules.length - 1 ? 'It is the last' : undefined,
          run: () => reorder.mutate({ ruleIds: moved(rules, place, place + 1) }),
        },
        'line',
        { label: 'Delete', isDanger: true, run: () => remove.mutate({ ruleId }) },
      ]}
    />
  )
}
