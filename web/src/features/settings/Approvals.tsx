import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Rule } from '~/api/generated'
import { useRuleActs } from '~/api/rule-acts'
import { rulesQuery } from '~/api/workspace-queries'
import { ruleText, reachText } from '~/features/settings/rule-text'
import { plural } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { linkLook } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Menu } from '~/ui/Menu'
import { Skeleton } from '~/ui/Skeleton'

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

function RuleMenu({ rule, place, rules }: { rule: Rule; place: number; rules: readonly Rule[] }) {
  const acts = useRuleActs(rules, ruleText)
  const isOff = rule.enabled === false
  return (
    <Menu
      label={`Rule ${place + 1}`}
      icon="more"
      items={[
        { label: isOff ? 'Turn on' : 'Turn off', run: () => acts.toggle(rule) },
        { label: 'Move up', isOff: place === 0 ? 'It is the first' : undefined, run: () => acts.move(rule, -1) },
        {
          label: 'Move down',
          isOff: place === rules.length - 1 ? 'It is the last' : undefined,
          run: () => acts.move(rule, 1),
        },
        'line',
        { label: 'Delete', isDanger: true, run: () => acts.remove(rule) },
      ]}
    />
  )
}
