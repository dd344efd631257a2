import { useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useRuleActs } from '~/api/rule-acts'
import { rulesQuery } from '~/api/workspace-queries'
import { RuleEditor } from '~/features/ask/RuleEditor'
import { RuleRow } from '~/features/ask/RuleRow'
import { ruleText } from '~/features/ask/rule-draft'
import { useKeys } from '~/lib/keys'
import { Button } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Skeleton } from '~/ui/Skeleton'

type Editing = { id: string } | 'new' | undefined

/** What is answered without a person: rules in their order, of which the first that matches decides. */
export function RulesTab() {
  const { data, error, refetch } = useQuery(rulesQuery())
  const [editing, setEditing] = useState<Editing>()
  const [chosen, setChosen] = useState<string>()
  const part = useRef<HTMLDivElement>(null)
  const rules = data?.rules ?? []
  const acts = useRuleActs(rules, ruleText)
  const at = Math.max(0, rules.findIndex(({ id }) => id === chosen))
  const current = rules[at]
  const focusRow = (id: string | undefined) => requestAnimationFrame(() => part.current?.querySelector<HTMLElement>(`[data-rule="${id ?? ''}"]`)?.focus())
  function choose(id: string | undefined) {
    setChosen(id)
    focusRow(id)
  }
  function move(by: number) {
    if (!current) return
    acts.move(current, by)
    setChosen(current.id)
    focusRow(current.id)
  }
  function close() {
    setEditing(undefined)
    focusRow(current?.id)
  }
  useKeys(
    'list',
    [
      { keys: 'j', label: 'next', run: () => choose(rules[Math.min(rules.length - 1, at + 1)]?.id) },
      { keys: 'k', label: 'before', run: () => choose(rules[Math.max(0, at - 1)]?.id) },
      { keys: 'ArrowDown', label: 'next', isQuiet: true, run: () => choose(rules[Math.min(rules.length - 1, at + 1)]?.id) },
      { keys: 'ArrowUp', label: 'before', isQuiet: true, run: () => choose(rules[Math.max(0, at - 1)]?.id) },
      { keys: 'Alt+ArrowDown', label: 'move down', run: () => move(1) },
      { keys: 'Alt+ArrowUp', label: 'move up', run: () => move(-1) },
      { keys: 'e', label: 'edit', run: () => current && setEditing({ id: current.id }) },
      { keys: 'n', label: 'new rule', run: () => setEditing('new') },
      { keys: 'Delete', label: 'delete', run: () => current && acts.remove(current) },
    ],
    { within: part, isOn: editing === undefined },
  )
  if (error) return <div className="px-6"><ErrorNote title="The rules could not be read" error={error} onRetry={() => void refetch()} /></div>
  if (!data) return <div className="px-6"><Skeleton label="Reading the rules" /></div>
  const newRule = (
    <Button look={rules.length === 0 ? 'solid' : 'plain'} icon="plus" keys="N" onClick={() => setEditing('new')}>
      New rule
    </Button>
  )
  return (
    <div ref={part} className="min-h-0 flex-1 overflow-y-auto px-6 py-4 max-sm:px-4">
      <div className="max-w-[960px]">
        <div className="flex min-h-8 flex-wrap items-center gap-2">
          <p className="min-w-0 flex-1 text-fg2">The first rule that matches an ask decides it; what none matches waits for a person.</p>
          {editing !== 'new' && rules.length > 0 && newRule}
        </div>
        {editing === 'new' && <RuleEditor rule={undefined} count={rules.length} onClose={close} />}
        {rules.length === 0 && editing !== 'new' && (
          <Empty title="No rules yet" text="A rule answers asks that you have decided before. Every answer names the rule that gave it." action={newRule} command="rule create" />
        )}
        <ol aria-label="Rules, in their order" className="mt-2">
          {rules.map((rule, place) =>
            typeof editing === 'object' && editing.id === rule.id ? (
              <li key={rule.id}>
                <RuleEditor rule={rule} count={rules.length} onClose={close} />
              </li>
            ) : (
              <RuleRow
                key={rule.id}
                rule={rule}
                place={place}
                count={rules.length}
                isChosen={rule.id === current?.id}
                onChoose={() => setChosen(rule.id)}
                onEdit={() => setEditing({ id: rule.id })}
                onMove={(by) => acts.move(rule, by)}
                onDelete={() => acts.remove(rule)}
                onToggle={() => acts.toggle(rule)}
              />
            ),
          )}
        </ol>
      </div>
    </div>
  )
}
