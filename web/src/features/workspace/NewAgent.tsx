import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { AgentLimits, AgentMode, AgentPermission, WorktreeDetail } from '~/api/generated'
import { useSetting } from '~/api/settings'
import { useAct } from '~/api/use-act'
import { useDraft } from '~/api/ui-state'
import { Dialog } from '~/ui/Dialog'
import { Check, Choice, TextArea, TextField } from '~/ui/Field'
import { ErrorNote } from '~/ui/Notes'

const modes = [
  { value: 'regular', label: 'Regular', hint: 'Asks before it does anything its permissions do not cover.' },
  { value: 'plan', label: 'Plan', hint: 'Reads and plans; you review the plan before it changes anything.' },
  { value: 'auto', label: 'Auto', hint: 'Accepts its own edits without asking.' },
] as const satisfies readonly { value: AgentMode; label: string; hint: string }[]

const permissions = [
  { value: 'read', label: 'Read', hint: 'Read and search files' },
  { value: 'write', label: 'Write', hint: 'Write and edit files without asking' },
  { value: 'execute', label: 'Execute', hint: 'Run commands without asking' },
] as const satisfies readonly { value: AgentPermission; label: string; hint: string }[]

type LimitTexts = { minutes: string; memoryMib: string; processes: string }

function readLimits({ minutes, memoryMib, processes }: LimitTexts): AgentLimits | undefined {
  const limits = {
    ...(minutes && { wallSeconds: 60 * Number(minutes) }),
    ...(memoryMib && { memoryMib: Number(memoryMib) }),
    ...(processes && { processes: Number(processes) }),
  }
  return Object.keys(limits).length > 0 ? limits : undefined
}

export function NewAgent({ worktree, onClose }: { worktree: WorktreeDetail; onClose: () => void }) {
  const [name, setName] = useState('')
  const draft = useDraft(`agent.${worktree.id}`)
  const prompt = draft.text.trim()
  const [chosenMode, setMode] = useState<AgentMode>()
  const usualMode = useSetting('default_mode')
  const mode = chosenMode ?? modes.find(({ value }) => value === usualMode)?.value ?? 'regular'
  const [granted, setGranted] = useState<readonly AgentPermission[]>(['read'])
  const [limits, setLimits] = useState<LimitTexts>({ minutes: '', memoryMib: '', processes: '' })
  const navigate = useNavigate()
  const start = useAct('start_agent')
  const create = useAct('create_agent', (agent, { initialPrompt }) => {
    if (initialPrompt) draft.take(initialPrompt)
    const show = () => {
      onClose()
      void navigate({ to: '/w/$workspaceId/a/$agentId', params: { workspaceId: worktree.workspaceId, agentId: agent.id } })
    }
    // An agent that could not start shows why on its own page.
    if (initialPrompt) start.mutate({ agentId: agent.id }, { onSettled: show })
    else show()
  })
  function submit() {
    const chosen = readLimits(limits)
    create.mutate({
      worktreeId: worktree.id,
      mode,
      permissions: [...granted],
      ...(name.trim() && { name: name.trim() }),
      ...(prompt && { initialPrompt: prompt }),
      ...(chosen && { limits: chosen }),
    })
  }
  return (
    <Dialog
      title={`New agent in ${worktree.name}`}
      submit={prompt ? 'Create and start' : 'Create'}
      isBusy={create.isPending || start.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextArea label="First prompt" placeholder="What should it do?" rows={4} value={draft.text} onText={draft.set} />
      <TextField
        label="Name"
        placeholder="Chosen for you if left empty"
        value={name}
        onText={setName}
        error={create.error?.details['name']?.join(', ')}
      />
      <Choice label="Mode" options={modes} value={mode} onValue={setMode} />
      <Permissions granted={granted} onGranted={setGranted} isUnused={mode === 'auto'} />
      <Limits limits={limits} onLimits={setLimits} />
      {create.error && <ErrorNote title="The agent was not created" error={create.error} />}
    </Dialog>
  )
}

type PermissionsProps = {
  granted: readonly AgentPermission[]
  isUnused: boolean
  onGranted: (granted: readonly AgentPermission[]) => void
}

function Permissions({ granted, isUnused, onGranted }: PermissionsProps) {
  const toggle = (value: AgentPermission, isOn: boolean) =>
    onGranted(isOn ? [...granted, value] : granted.filter((other) => other !== value))
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1 text-sm font-medium text-fg1">
        Permissions{isUnused && <span className="font-normal text-fg2"> (auto mode decides on its own)</span>}
      </legend>
      {permissions.map(({ value, label, hint }) => (
        <Check
          key={value}
          label={label}
          hint={hint}
          isChecked={granted.includes(value)}
          isDisabled={isUnused}
          onChecked={(isOn) => toggle(value, isOn)}
        />
      ))}
    </fieldset>
  )
}

const limitFields = [
  { key: 'minutes', label: 'Minutes' },
  { key: 'memoryMib', label: 'Memory, MiB' },
  { key: 'processes', label: 'Processes' },
] as const satisfies readonly { key: keyof LimitTexts; label: string }[]

function Limits({ limits, onLimits }: { limits: LimitTexts; onLimits: (limits: LimitTexts) => void }) {
  return (
    <details>
      <summary className="touch w-fit rounded-sm text-sm font-medium text-fg1">Limits</summary>
      <div className="mt-2 grid grid-cols-3 gap-2">
        {limitFields.map(({ key, label }) => (
          <TextField
            key={key}
            label={label}
            type="number"
            min={1}
            placeholder="default"
            value={limits[key]}
            onText={(text) => onLimits({ ...limits, [key]: text })}
          />
        ))}
      </div>
    </details>
  )
}
