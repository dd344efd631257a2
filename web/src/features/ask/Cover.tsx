import type { KeyboardEvent } from 'react'
import { useGrants } from '~/features/ask/AskFacts'
import { RuleField, scopeText } from '~/features/ask/RuleField'
import type { AskForm } from '~/features/ask/use-ask-form'
import type { RuleForm } from '~/features/ask/use-rule'
import { visible } from '~/lib/visible'
import { Kbd } from '~/ui/Kbd'

/** How far an answer reaches. */
export type Far = 'once' | 'agent' | 'session' | 'rule'

type CoverProps = { form: AskForm; rule: RuleForm; far: Far; onFar: (far: Far) => void; onBack: () => void; /** How far is chosen elsewhere: only the rule is edited here. */ isRuleAlone: boolean }

/** The choice of how far the answer reaches, and below "by a rule" the rule itself. */
export function Cover({ form, rule, far, onFar, onBack, isRuleAlone }: CoverProps) {
  const grants = useGrants(form)
  if (isRuleAlone) return <RuleField form={form} rule={rule} onBack={onBack} />
  const fars: readonly Far[] = grants.length > 0 ? ['once', 'agent', 'session', 'rule'] : ['once', 'agent', 'rule']
  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const step = event.target instanceof HTMLButtonElement ? steps[event.key] : undefined
    const next = step === undefined ? undefined : fars[(fars.indexOf(far) + step + fars.length) % fars.length]
    if (next === undefined) return
    event.preventDefault()
    onFar(next)
    event.currentTarget.querySelectorAll<HTMLElement>('[role=radio]')[fars.indexOf(next)]?.focus()
  }
  return (
    <div role="radiogroup" aria-label="How far the answer reaches" onKeyDown={onKeyDown} className="border-t border-line py-2">
      <Option of="once" far={far} onFar={onFar} label="Once" text="this call only" keys="A" />
      <Option of="agent" far={far} onFar={onFar} label="For this agent" text="the same bytes, as long as it exists" keys="S" />
      {grants.length > 0 && <Option of="session" far={far} onFar={onFar} label="For this session" text={visible(grants.join('; '))} />}
      <Option of="rule" far={far} onFar={onFar} label="Always, by a rule" text={scopeText(form, rule.draft)} keys="R" />
      {far === 'rule' && (
        <div className="mb-2 ml-7 max-sm:ml-0">
          <RuleField form={form} rule={rule} onBack={onBack} />
        </div>
      )}
    </div>
  )
}

const steps: Record<string, number> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }

type OptionProps = { of: Far; far: Far; onFar: (far: Far) => void; label: string; text: string; keys?: string }

/** A button and not a field, so that letters stay keys while it has the focus. */
function Option({ of, far, onFar, label, text, keys }: OptionProps) {
  const isOn = of === far
  return (
    <button
      type="button"
      role="radio"
      aria-checked={isOn}
      tabIndex={isOn ? 0 : -1}
      onClick={() => onFar(of)}
      className="touch grid min-h-8 w-full grid-cols-[28px_132px_minmax(0,1fr)_auto] items-center rounded-md text-left text-fg1"
    >
      <span aria-hidden="true" className={`size-3.5 rounded-full ${isOn ? 'bg-on-solid inset-ring-4 inset-ring-solid' : 'inset-ring inset-ring-ctl'}`} />
      <span className="font-medium text-fg0">{label}</span>
      <span className="truncate">{text}</span>
      {keys && <Kbd keys={keys} />}
    </button>
  )
}
