import { useQuery } from '@tanstack/react-query'
import type { AdapterName, LaunchProfile } from '~/api/generated'
import { clisQuery } from '~/api/doctor'
import { useFormDraft } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import { SaveDialog } from '~/features/workspace-settings/SaveDialog'
import { adapterNames, adapterOf, fieldsOf, isNumber, limitNames, limitTexts, parseFields, valuesFrom, type Fields } from '~/features/workspace-settings/profile-values'
import { efforts, modes, permissions } from '~/lib/agent-words'
import { visibleName } from '~/lib/visible'
import { Check, Choice, TextArea, TextField } from '~/ui/Field'

type ProfileDialogProps = { workspaceId: string; profile?: LaunchProfile; onClose: () => void }

const mostName = 100

export function ProfileDialog({ workspaceId, profile, onClose }: ProfileDialogProps) {
  const { value: written, change, drop } = useFormDraft(`profile/${profile?.id ?? workspaceId}`, parseFields)
  const first = fieldsOf(profile ?? {})
  const fields = written ?? first
  function leave() {
    drop()
    onClose()
  }
  const create = useAct('create_launch_profile', leave)
  const update = useAct('update_launch_profile', leave)
  const act = profile ? update : create
  const set = (some: Partial<Fields>) => change((now) => ({ ...(now ?? first), ...some }))
  const isReady = fields.name.trim() !== '' && limitNames.every((limit) => isNumber(fields.limits[limit])) && (fields.adapter !== 'terminal' || fields.command.trim() !== '')
  function submit() {
    const values = { workspaceId, ...valuesFrom(fields) }
    if (profile) update.mutate({ ...values, profileId: profile.id })
    else create.mutate(values)
  }
  const details = act.error?.details ?? {}
  return (
    <SaveDialog edited={profile?.name} noun="a launch profile" failed="The profile was not saved" act={act} isReady={isReady} onSubmit={submit} onClose={leave}>
      <TextField label="Name" maxLength={mostName} value={fields.name} onText={(name) => set({ name })} error={details['name']?.[0]} />
      <CliField value={fields.adapter} onValue={(adapter) => set({ adapter })} />
      {fields.adapter === 'terminal' ? (
        <TextArea label="Program and arguments" hint="One per line." isMono rows={3} value={fields.command} onText={(command) => set({ command })} error={details['command']?.[0]} />
      ) : (
        <AgentFields fields={fields} set={set} details={details} />
      )}
      <LimitFields fields={fields} set={set} />
      <TextArea
        label="Environment"
        hint="NAME=value, one per line. It is stored in plain text: keep secrets elsewhere."
        isMono
        rows={3}
        spellCheck={false}
        value={fields.environment}
        onText={(environment) => set({ environment })}
        error={details['environment']?.[0]}
      />
    </SaveDialog>
  )
}

function CliField({ value, onValue }: { value: AdapterName | ''; onValue: (adapter: AdapterName | '') => void }) {
  const clis = useQuery(clisQuery()).data?.clis ?? []
  return (
    <label className="flex flex-col gap-1">
      <span className="text-sm font-medium text-fg1">CLI</span>
      <select value={value} onChange={(event) => onValue(adapterOf(event.target.value))} className="touch h-7 rounded-md border border-ctl bg-bg0 px-2">
        <option value="">The default</option>
        {adapterNames.map((name) => {
          const cli = clis.find(({ adapter }) => adapter === name)
          return (
            <option key={name} value={name}>
              {name === 'terminal' ? 'Any command, in a terminal' : visibleName(cli ? `${cli.name}${cli.found ? '' : ', not installed'}` : name)}
            </option>
          )
        })}
      </select>
    </label>
  )
}

type PartProps = { fields: Fields; set: (some: Partial<Fields>) => void }

function AgentFields({ fields, set, details }: PartProps & { details: Record<string, string[]> }) {
  const { model, mode, effort, permissions: allowed } = fields
  return (
    <>
      <TextField label="Model" hint="What the CLI calls it; empty: the CLI’s default." isMono value={model} onText={(text) => set({ model: text })} error={details['model']?.[0]} />
      <Choice label="Mode" value={mode} onValue={(value) => set({ mode: value })} options={[{ value: '', label: 'Default' }, ...modes.map(({ value, label }) => ({ value, label }))]} />
      <Choice label="Effort" value={effort} onValue={(value) => set({ effort: value })} options={[{ value: '', label: 'Default' }, ...efforts.map(({ value, label }) => ({ value, label: label.replace(' effort', '') }))]} />
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 text-sm font-medium text-fg1">Allowed without asking</legend>
        {permissions.map(({ value: permission, label }) => (
          <Check
            key={permission}
            label={label}
            isChecked={allowed.includes(permission)}
            onChecked={(isOn) => set({ permissions: permissions.flatMap(({ value }) => ((value === permission ? isOn : allowed.includes(value)) ? [value] : [])) })}
          />
        ))}
      </fieldset>
    </>
  )
}

function LimitFields({ fields: { limits }, set }: PartProps) {
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium text-fg1">Limits; empty: those of the settings</legend>
      <div className="grid grid-cols-2 gap-3">
        {limitNames.map((limit) => (
          <TextField
            key={limit}
            label={limitTexts[limit]}
            inputMode="numeric"
            value={limits[limit]}
            onText={(text) => set({ limits: { ...limits, [limit]: text } })}
            error={isNumber(limits[limit]) ? undefined : 'Type a whole number.'}
          />
        ))}
      </div>
    </fieldset>
  )
}
