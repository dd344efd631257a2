import { useState } from 'react'
import type { RuleTried } from '~/api/generated'
import { useFormKeys } from '~/features/ask/use-form-keys'
import { TriedList } from '~/features/ask/TriedList'
import type { Draft, Scope } from '~/features/ask/rule-draft'
import type { AskForm } from '~/features/ask/use-ask-form'
import { useTry, type RuleForm } from '~/features/ask/use-rule'
import { formatNumber, plural, sentence } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { Icon } from '~/ui/Icon'
import { Menu } from '~/ui/Menu'

const fewTried = 3
const mostTried = 50

function scopesOf({ place, ask }: AskForm): { scope: Scope; label: string }[] {
  return [
    { scope: 'agent', label: `for ${visibleName(place.agent?.name ?? 'this agent')}` },
    ...(ask.worktreeId === undefined ? [] : [{ scope: 'worktree', label: `in ${visibleName(place.worktree?.name ?? 'this worktree')}` } as const]),
    ...(ask.workspaceId === undefined ? [] : [{ scope: 'workspace', label: `in ${visibleName(place.workspace?.name ?? 'this workspace')}` } as const]),
    { scope: 'everywhere', label: 'everywhere' },
  ]
}

export function scopeText(form: AskForm, { scope }: Draft): string {
  return scopesOf(form).find((one) => one.scope === scope)?.label ?? ''
}

type RuleFieldProps = { form: AskForm; rule: RuleForm; onBack: () => void }

/** The rule in one line, where it holds, and what it would have meant so far. */
export function RuleField({ form, rule, onBack }: RuleFieldProps) {
  const { draft, setDraft, error } = rule
  const [isAll, setAll] = useState(false)
  const part = useFormKeys(onBack, rule.submit)
  const { tried, error: tryError, isCurrent } = useTry(rule.rule, form.ask, isAll ? mostTried : fewTried)
  const fault = rule.rule === undefined ? 'Write it as Tool(pattern) or Tool.' : (error ?? tryError)?.message
  return (
    <div ref={part}>
      <div className="flex items-center gap-2 max-sm:flex-wrap">
        <input
          aria-label="Rule"
          aria-invalid={fault !== undefined}
          aria-describedby="rule-fault"
          autoFocus
          autoComplete="off"
          spellCheck={false}
          maxLength={4500}
          value={draft.text}
          onChange={(event) => setDraft({ ...draft, text: event.target.value })}
          className="touch h-8 min-w-0 flex-1 basis-60 rounded-md border border-ctl bg-bg0 px-2 font-mono text-base focus-visible:outline-offset-0"
        />
        <Menu
          label="Where the rule holds"
          text={
            <>
              {scopeText(form, draft)}
              <Icon name="down" className="size-3" />
            </>
          }
          isSmall
          items={scopesOf(form).map(({ scope, label }) => ({ label, isOn: scope === draft.scope, run: () => setDraft({ ...draft, scope }) }))}
        />
      </div>
      <p id="rule-fault" role="alert" className="text-sm text-err empty:hidden">
        {fault !== undefined && visible(sentence(fault))}
      </p>
      {tried && fault === undefined && (
        <div className={isCurrent ? '' : 'text-fg2'}>
          <TriedList asks={tried.asks} />
          {tried.matched > tried.asks.length && !isAll && tried.asks.length > 0 && (
            <button type="button" onClick={() => setAll(true)} className="touch h-6 pl-[22px] text-sm text-fg1 hover:underline">
              {formatNumber(Math.min(tried.matched, mostTried) - tried.asks.length)} more
            </button>
          )}
          <Coverage tried={tried} />
        </div>
      )}
    </div>
  )
}

/** "Matches 14 past asks: 14 allowed, 0 denied." and whether it covers the ask on screen. */
function Coverage({ tried }: { tried: RuleTried }) {
  const { matched, same, other, call } = tried
  const rest = matched - same - other
  const counts = matched === 0 ? '.' : `: ${formatNumber(same)} allowed, ${formatNumber(other)} denied${rest > 0 ? `, ${formatNumber(rest)} not answered by a person` : ''}.`
  return (
    <p role="status" className="mt-1.5 text-sm text-fg1">
      Matches {plural(matched, 'past ask')}
      {counts}{' '}
      {call?.isMatched === false && (
        <>
          <span className="font-medium text-wait">Does not cover this one:</span> {visible(lowerFirst(call.why ?? 'its words differ.'))}
        </>
      )}
      {call?.isMatched === true && (call.earlierId === undefined ? 'Covers this one.' : <span className="text-wait">An earlier rule decides this one.</span>)}
    </p>
  )
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)
