import { clocks, sizes, type Draft } from '~/features/eyes/start-draft'
import { TextField } from '~/ui/Field'
import { SelectField } from '~/ui/SelectField'

type SetupFieldsProps = {
  draft: Draft
  set: (news: Partial<Draft>) => void
  /** By the field's name in the call. */
  faults: Readonly<Record<string, string | undefined>>
  /** Of an eye that is there: nothing is left to its game. */
  isChange?: boolean
}

const sizeOptions = [
  { value: 'own', label: 'The game’s own' },
  ...sizes.map(({ width, height, name }) => ({ value: `${width}x${height}`, label: `${width} × ${height} (${name})` })),
  { value: 'custom', label: 'Custom' },
]
const stepOptions = [
  { value: '', label: 'The game’s own' },
  { value: 'no', label: 'Free run: it draws by itself' },
  { value: 'yes', label: 'Lockstep: a frame for each step' },
] as const
const clockLabels = { real: 'Real', virtual: 'Virtual: time moves by steps', barrier: 'Barrier: each present waits, too' } as const
const clockOptions = [{ value: '', label: 'The game’s own' }, ...clocks.map((value) => ({ value, label: clockLabels[value] }))]
const paceOptions = [
  { value: 'own', label: 'The game’s own' },
  { value: 'rate', label: 'Frames a second' },
  { value: 'free', label: 'As fast as it draws' },
]
const bufferOptions = [{ value: '', label: 'As in the settings' }, ...['2', '3', '4', '5'].map((value) => ({ value, label: value }))]

const oneOf = <T extends string>(all: readonly T[], value: string): T | undefined => all.find((one) => one === value)

/** How it runs: what is left alone is as the game's manifest says, then as the settings. */
export function SetupFields({ draft, set, faults, isChange = false }: SetupFieldsProps) {
  const offered = <T extends { value: string }>(options: readonly T[]) => (isChange ? options.filter(({ value }) => value !== '' && value !== 'own') : options)
  return (
    <div className="grid grid-cols-2 items-start gap-x-4 gap-y-3 max-sm:grid-cols-1">
      <div className="flex flex-col gap-2">
        <SelectField label="Size" options={offered(sizeOptions)} value={draft.size} error={draft.size === 'custom' ? undefined : (faults['width'] ?? faults['height'])} onValue={(size) => set({ size })} />
        {draft.size === 'custom' && (
          <div className="grid grid-cols-2 gap-2">
            <TextField label="Width" inputMode="numeric" value={draft.width} error={faults['width']} onText={(width) => set({ width })} />
            <TextField label="Height" inputMode="numeric" value={draft.height} error={faults['height']} onText={(height) => set({ height })} />
          </div>
        )}
      </div>
      <SelectField label="When a frame is drawn" options={offered(stepOptions)} value={draft.lockstep} onValue={(value) => set({ lockstep: oneOf(['', 'yes', 'no'], value) ?? '' })} />
      <div className="flex flex-col gap-2">
        <SelectField label="Rate" hint="In free run, and of a virtual clock." options={offered(paceOptions)} value={draft.pace} error={draft.pace === 'rate' ? undefined : faults['hz']} onValue={(value) => set({ pace: oneOf(['own', 'rate', 'free'], value) ?? 'own' })} />
        {draft.pace === 'rate' && <TextField label="Frames a second" inputMode="numeric" value={draft.hz} error={faults['hz']} onText={(hz) => set({ hz })} />}
      </div>
      <SelectField label="Clock" hint="The same inputs give the same frames only with a virtual one." options={offered(clockOptions)} value={draft.clock} error={faults['clock']} onValue={(value) => set({ clock: oneOf(clocks, value) ?? '' })} />
      <SelectField label="Buffers" hint="Of the eye’s own ring." options={offered(bufferOptions)} value={draft.buffers} error={faults['buffers']} onValue={(buffers) => set({ buffers })} />
      <TextField label="Socket path" isMono placeholder="its own" hint="In a folder that only you can write." value={draft.socketPath} error={faults['socketPath']} onText={(socketPath) => set({ socketPath })} />
    </div>
  )
}
