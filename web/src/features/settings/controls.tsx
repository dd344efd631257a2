import { useState, type ChangeEvent, type KeyboardEvent } from 'react'
import type { SettingView } from '~/api/generated'
import { amountOf, faultOf, parseAmount, wordText } from '~/features/settings/amount'
import { Menu } from '~/ui/Menu'
import { Segments } from '~/ui/Tabs'

export type ControlProps = {
  setting: SettingView
  /** What is shown: the value, or what is being stored. */
  value: string
  /** Ids of its name and of its sentences. */
  labelledBy: string
  describedBy: string
  isInvalid: boolean
  onValue: (value: string) => void
  onFault: (fault: string | undefined) => void
}

const box = 'touch rounded-md border border-ctl bg-bg0 text-fg0 focus-visible:outline-2 focus-visible:outline-offset-0'

type TypedOptions = { isInvalid: boolean; onCommit: (text: string) => void; onDrop: () => void }

/** Text that is being typed, and text that was refused, until it is mended or dropped; otherwise the stored value. */
function useTyped(stored: string, { isInvalid, onCommit, onDrop }: TypedOptions) {
  const [typed, setTyped] = useState<{ text: string; isSent: boolean }>()
  const own = typed && (!typed.isSent || isInvalid) ? typed : undefined
  function drop() {
    setTyped(undefined)
    onDrop()
  }
  function commit() {
    if (!own || own.text === stored) return drop()
    onCommit(own.text)
    setTyped({ text: own.text, isSent: true })
  }
  function onKeyDown(event: KeyboardEvent<HTMLInputElement | HTMLTextAreaElement>) {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Escape' && own) {
      event.preventDefault()
      event.stopPropagation()
      drop()
    } else if (event.key === 'Enter' && (event.currentTarget instanceof HTMLInputElement || event.ctrlKey)) {
      event.preventDefault()
      commit()
    }
  }
  const text = own?.text ?? stored
  const onChange = (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => setTyped({ text: event.target.value, isSent: false })
  // Leaving what was refused does not send it again.
  const onBlur = () => own?.isSent || commit()
  return { text, input: { spellCheck: false, value: text, onChange, onBlur, onKeyDown } }
}

/** What a screen reader says of it. */
function named({ labelledBy, describedBy, isInvalid }: Pick<ControlProps, 'labelledBy' | 'describedBy' | 'isInvalid'>) {
  return { 'aria-labelledby': labelledBy, 'aria-describedby': describedBy, 'aria-invalid': isInvalid || undefined }
}

export function NumberControl(props: ControlProps) {
  const { setting, value, onValue, onFault } = props
  const { number, unit } = amountOf(Number(value), setting.unit)
  const field = useTyped(String(number), { isInvalid: props.isInvalid, onCommit: store, onDrop: () => onFault(undefined) })
  function store(text: string) {
    const parsed = parseAmount(text, unit, setting.unit)
    const fault = faultOf(setting, parsed)
    onFault(fault)
    if (fault === undefined && parsed !== undefined && String(parsed) !== value) onValue(String(parsed))
  }
  return (
    <label className={`flex h-7 items-center gap-2 px-2 focus-within:outline-2 focus-within:outline-accent ${box} ${(unit?.length ?? 0) > 6 ? 'w-40' : 'w-28'}`}>
      <input
        inputMode="text"
        autoComplete="off"
        {...named(props)}
        {...field.input}
        className="w-full min-w-0 bg-transparent text-right outline-none"
      />
      {unit !== undefined && <span className="shrink-0 text-fg2">{unit}</span>}
    </label>
  )
}

export function SwitchControl({ value, labelledBy, describedBy, onValue }: ControlProps) {
  const isOn = value === 'true'
  return (
    <button
      type="button"
      role="switch"
      aria-checked={isOn}
      aria-labelledby={labelledBy}
      aria-describedby={describedBy}
      onClick={() => onValue(isOn ? 'false' : 'true')}
      className="touch group flex h-6 items-center justify-end rounded-md"
    >
      <span className="relative block h-[18px] w-[30px] rounded-full bg-ctl group-aria-checked:bg-solid">
        <span className="absolute top-0.5 left-0.5 size-3.5 rounded-full bg-bg0 group-aria-checked:left-3.5 group-aria-checked:bg-on-solid" />
      </span>
    </button>
  )
}

/** More choices than this are a menu. */
const mostSegments = 4

export function WordsControl({ setting, value, onValue }: ControlProps) {
  const words = setting.words ?? []
  if (words.length <= mostSegments)
    return <Segments label={setting.label} tabs={words.map((word) => ({ id: word, label: wordText(word) }))} current={value} onChange={onValue} />
  return (
    <Menu
      label={setting.label}
      text={wordText(value)}
      look="plain"
      items={words.map((word) => ({ label: wordText(word), isOn: word === value, run: () => onValue(word) }))}
    />
  )
}

export function TextControl(props: ControlProps) {
  const { setting, value, onValue, onFault } = props
  const field = useTyped(value, { isInvalid: props.isInvalid, onCommit: onValue, onDrop: () => onFault(undefined) })
  return (
    <input
      autoComplete="off"
      placeholder={setting.defaultValue || 'None'}
      {...named(props)}
      {...field.input}
      className={`h-7 w-72 placeholder:font-sans placeholder:text-fg2 max-w-full px-2 font-mono text-sm max-sm:w-full ${box}`}
    />
  )
}

const mostRows = 8

/** One item per line; stored when the field is left, or with Ctrl Enter. */
export function LinesControl(props: ControlProps) {
  const { value, onValue, onFault } = props
  const field = useTyped(value, { isInvalid: props.isInvalid, onCommit: onValue, onDrop: () => onFault(undefined) })
  return (
    <textarea
      rows={Math.min(mostRows, Math.max(2, field.text.split('\n').length))}
      {...named(props)}
      {...field.input}
      className={`w-72 max-w-full px-2 py-1 font-mono text-sm max-sm:w-full ${box}`}
    />
  )
}

/** The control that fits the setting's kind. */
export function Control(props: ControlProps) {
  const { kind, words } = props.setting
  if (kind === 'boolean') return <SwitchControl {...props} />
  if (kind === 'number') return <NumberControl {...props} />
  if (kind === 'lines') return <LinesControl {...props} />
  return words ? <WordsControl {...props} /> : <TextControl {...props} />
}
