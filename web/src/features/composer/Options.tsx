import { useState } from 'react'
import { useAct } from '~/api/use-act'
import type { AdapterOption, Agent, AgentPermission, AgentUpdate } from '~/api/generated'
import { claudeModels, hasOption, isStillPending, pendingOf, pendingText, type Pending } from '~/features/composer/options'
import { accessText, coveredBy, efforts, effortText, modeHint, modes, permissions as permissionWords } from '~/lib/agent-words'
import { visibleName } from '~/lib/visible'
import { Icon } from '~/ui/Icon'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'
import { Menu, type MenuItem } from '~/ui/Menu'

const ModelDialog = lazyPart(async () => (await import('~/features/composer/ModelDialog')).ModelDialog)

type Change = Omit<AgentUpdate, 'agentId'>

/** What was asked for and does not apply yet. */
function useOptions(agent: Agent, turns: number) {
  const [pending, setPending] = useState<readonly Pending[]>([])
  const update = useAct('update_agent', (updated) => setPending((now) => [...now.filter(({ option }) => !updated.changed.some((one) => one.option === option)), ...pendingOf(updated, turns)]), 'toasted')
  const laterOf = (option: AdapterOption) => pending.find((one) => one.option === option && isStillPending(one, agent, turns))
  return { change: (change: Change) => update.mutate({ agentId: agent.id, ...change }), laterOf }
}

/** Mode, permissions, model and effort of an agent, changed in place; each says so if it does not apply at once. */
export function Options({ agent, turns }: { agent: Agent; turns: number }) {
  const { change, laterOf } = useOptions(agent, turns)
  const [isNaming, setNaming] = useState(false)
  const { adapter, model, effort, mode, permissions } = agent
  return (
    <>
      {hasOption(adapter, 'mode') && (
        <Pick text={accessText(mode, permissions)} what="mode and permissions" items={accessItems(agent, change)} later={laterOf('mode') ?? laterOf('permissions')} />
      )}
      {hasOption(adapter, 'model') && (
        <Pick text={modelText(model)} what="model" items={modelItems(agent, change, () => setNaming(true))} later={laterOf('model')} />
      )}
      {hasOption(adapter, 'effort') && (
        <Pick
          text={effort === undefined ? 'Usual effort' : effortText(effort)}
          what="how much it thinks"
          items={efforts.map(({ value, label }) => ({ label, isOn: value === effort, run: () => change({ effort: value }) }))}
          later={laterOf('effort')}
        />
      )}
      {isNaming && (
        <LazyPart onFail={() => setNaming(false)}>
          <ModelDialog agentId={agent.id} current={model} onClose={() => setNaming(false)} onChoose={(chosen) => change({ model: chosen })} />
        </LazyPart>
      )}
    </>
  )
}

type PickProps = { text: string; what: string; items: readonly MenuItem[]; later: Pending | undefined }

function Pick({ text, what, items, later }: PickProps) {
  const label = `${visibleName(text)}, ${what}`
  return (
    <span className="inline-flex min-w-0 items-center">
      <Menu
        label={label}
        isSmall
        items={items}
        text={
          <>
            <span className="max-w-40 truncate">{visibleName(text)}</span>
            <Icon name="down" className="-mr-0.5 size-3! text-fg2" />
          </>
        }
      />
      {later && <span className="text-xs whitespace-nowrap text-fg2">{pendingText(later.applied)}</span>}
    </span>
  )
}

function modelText(model: string | undefined): string {
  return model === undefined ? 'Usual model' : model.replace(/^claude-/, '')
}

function toggled(permissions: readonly AgentPermission[], value: AgentPermission): AgentPermission[] {
  return permissions.includes(value) ? permissions.filter((one) => one !== value) : [...permissions, value]
}

function accessItems({ adapter, mode, permissions }: Agent, change: (change: Change) => void): MenuItem[] {
  const choices: MenuItem[] = modes.map(({ value, label }) => ({ label, hint: modeHint(value, adapter), isOn: value === mode, run: () => change({ mode: value }) }))
  if (!hasOption(adapter, 'permissions')) return choices
  const allowed: MenuItem[] = permissionWords.map(({ value, label }) => ({
    label,
    isOn: permissions.includes(value),
    isOff: coveredBy(mode, value),
    run: () => change({ permissions: toggled(permissions, value) }),
  }))
  return [...choices, 'line', { heading: 'Without asking' }, ...allowed]
}

function modelItems({ adapter, model }: Agent, change: (change: Change) => void, onOther: () => void): MenuItem[] {
  const names: readonly string[] = adapter === 'claude' ? claudeModels : []
  const all = model === undefined || names.includes(model) ? names : [model, ...names]
  return [
    ...all.map((name) => ({ label: name, isOn: name === model, run: () => change({ model: name }) })),
    ...(all.length > 0 ? (['line'] as const) : []),
    { label: 'Another model…', run: onOther },
  ]
}
