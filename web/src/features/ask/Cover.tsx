import type { ReactNode } from 'react'
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
  return (
    <fieldset className="border-t border-line py-2">
      <legend className="sr-only">How far the answer reaches</legend>
      <Option of="once" far={far} onFar={onFar} label="Once" text="this call only" keys="A" />
      <Option of="agent" far={far} onFar={onFar} label="For this agent" text="the same bytes, as long as it exists" keys="S" />
      {grants.length > 0 && <Option of="session" far={far} onFar={onFar} label="For this session" text={visible(grants.join('; '))} />}
      <Option of="rule" far={far} onFar={onFar} label="Always, by a rule" text={scopeText(form, rule.draft)} keys="R">
        <div className="mb-2 ml-7 max-sm:ml-0">
          <RuleField form={form} rule={rule} onBack={onBack} />
        </div>
      </Option>
    </fieldset>
  )
}

type OptionProps = { of: Far; far: Far; onFar: (far: Far) => void; label: string; text: string; keys?: string; children?: ReactNode }

function Option({ of, far, onFar, label, text, keys, children }: OptionProps) {
  const isOn = of === far
  return (
    <>
      <label className="touch grid min-h-8 grid-cols-[28px_132px_minmax(0,1fr)_auto] items-center rounded-md text-fg1 has-focus-visible:outline-2 has-focus-visible:outline-accent max-sm:grid-cols-[28px_minmax(0,1fr)_auto]">
        <input
          type="radio"
          name="far"
          checked={isOn}
          onChange={() => onFar(of)}
          className="size-3.5 appearance-none rounded-full outline-none inset-ring inset-ring-ctl checked:bg-on-solid checked:inset-ring-4 checked:inset-ring-solid"
        />
        <span className="font-medium text-fg0">{label}</span>
        <span className="truncate max-sm:col-start-2 max-sm:row-start-2 max-sm:text-sm">{text}</span>
        {keys && <Kbd keys={keys} />}
      </label>
      {isOn && children}
    </>
  )
}
