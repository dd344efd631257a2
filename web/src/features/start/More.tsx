import type { AgentPermission } from '~/api/generated'
import type { LimitTexts } from '~/features/start/choices'
import type { Start } from '~/features/start/use-start'
import { coveredBy, permissions } from '~/lib/agent-words'
import { Check, TextField } from '~/ui/Field'

const limitFields = [
  { key: 'minutes', label: 'Minutes' },
  { key: 'memoryMib', label: 'Memory, MiB' },
  { key: 'processes', label: 'Processes' },
] as const satisfies readonly { key: keyof LimitTexts; label: string }[]

/** What is seldom changed: the agent's name, what it may do without asking, its limits. */
export function More({ start, errors }: { start: Start; errors: Readonly<Record<string, string>> }) {
  const { choices, choose, field, change } = start
  const toggle = (value: AgentPermission, isOn: boolean) =>
    choose({ permissions: isOn ? [...choices.permissions, value] : choices.permissions.filter((other) => other !== value) })
  return (
    <details className="group border-t border-line px-5 py-1.5" {...(errors['name'] && { open: true })}>
      <summary className="touch w-fit rounded-sm text-sm leading-6 text-fg2">Name, permissions and limits</summary>
      <div className="grid gap-4 py-2 sm:grid-cols-2">
        <div className="flex flex-col gap-3">
          <TextField label="Name of the agent" placeholder="From its prompt" value={field.agentName} onText={(agentName) => change({ agentName })} error={errors['name']} />
          <div className="grid grid-cols-3 gap-2">
            {limitFields.map(({ key, label }) => (
              <TextField key={key} label={label} type="number" min={1} placeholder="Usual" value={field.limits[key]} onText={(text) => change({ [key]: text })} error={errors[`limits.${key}`]} />
            ))}
          </div>
        </div>
        <fieldset className="flex flex-col gap-1">
          <legend className="mb-1 text-sm font-medium text-fg1">Without asking</legend>
          {permissions.map(({ value, label }) => {
            const hint = choices.mode && coveredBy(choices.mode, value)
            return <Check key={value} label={label} {...(hint && { hint })} isChecked={choices.permissions.includes(value)} onChecked={(isOn) => toggle(value, isOn)} />
          })}
        </fieldset>
      </div>
    </details>
  )
}
