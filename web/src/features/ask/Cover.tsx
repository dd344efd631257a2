import { useRef } from 'react'
import { useGrants } from '~/features/ask/AskFacts'
import { RuleField, scopeText } from '~/features/ask/RuleField'
import type { AskForm } from '~/features/ask/use-ask-form'
import type { RuleForm } from '~/features/ask/use-rule'
import { useKeys } from '~/lib/keys'
import { visible } from '~/lib/visible'
import { Kbd } from '~/ui/Kbd'

/** How far an answer reaches. */
export type Far = 'once' | 'agent' | 'session' | 'rule'

type CoverProps = { form: AskForm; rule: RuleForm; far: Far; onFar: (far: Far) => void; onBack: () => void; /** How far is chosen elsewhere: only the rule is edited here. */ isRuleAlone: boolean }

/** The choice of how far the answer reaches, and below "by a rule" the rule itself. */
export function Cover({ form, rule, far, onFar, onBack, isRuleAlone }: CoverProps) {
  const grants = useGrants(form)
  const part = useRef<HTMLDivElement>(null)
  const fars: readonly Far[] = grants.length > 0 ? ['once', 'agent', 'session', 'rule'] : ['once', 'agent', 'rule']
  const step = (by: number) => () => {
    const next = fars[(fars.indexOf(far) + by + fars.length) % fars.length]
    if (next === undefined || !document.activeElement?.matches('[role=radio]')) return
    onFar(next)
    part.current?.querySelectorAll<HTMLElement>('[role=radio]')[fars.indexOf(next)]?.focus()
  }
  useKeys(
    'item',
    [
      { keys: 'ArrowDown', label: 'further', isQuiet: true, run: step(1) },
      { keys: 'ArrowUp', label: 'less far', isQuiet: true, run: step(-1) },
    ],
    { within: part },
  )
  if (isRuleAlone) return <RuleField form={form} rule={rule} onBack={onBack} />
  return (
    <div role="radiogroup" aria-label="How far the answer reaches" ref={part} className="border-t border-line py-2">
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
      <span aria-hidden="true" className={`size-3.5 rounded-full ${isOn ? 'border-4 border-solid bg-on-solid' : 'border border-ctl'}`} />
      <span className="font-medium text-fg0">{label}</span>
      <span className="truncate">{text}</span>
      {keys && <Kbd keys={keys} />}
    </button>
  )
}
