import type { Overview } from '~/api/generated'
import type { FieldShape } from '~/api/shape-types'
import { labelOf, type Texts } from '~/features/palette/form'
import { visible } from '~/lib/visible'
import { Check, TextArea, TextField } from '~/ui/Field'
import { SelectField } from '~/ui/SelectField'

type FormFieldsProps = {
  fields: readonly FieldShape[]
  texts: Texts
  errors: Readonly<Record<string, string>>
  overview: Overview | undefined
  /** Where the fields stand: `limits.` in a group. */
  path?: string
  onText: (path: string, text: string) => void
}

export function FormFields({ fields, path = '', ...rest }: FormFieldsProps) {
  return fields.map((field) =>
    field.kind === 'group' && !field.isList ? (
      <fieldset key={field.name} className="flex flex-col gap-4 border-l border-line2 pl-4">
        <legend className="mb-2 text-sm font-medium text-fg1">{labelWithMark(field)}</legend>
        {field.doc && <p className="-mt-2 text-sm text-fg2">{visible(field.doc)}</p>}
        <FormFields {...rest} fields={field.fields ?? []} path={`${path}${field.name}.`} />
      </fieldset>
    ) : (
      <OneField key={field.name} {...rest} field={field} path={path + field.name} />
    ),
  )
}

type OneFieldProps = Omit<FormFieldsProps, 'fields' | 'path'> & { field: FieldShape; path: string }

const labelWithMark = (field: FieldShape) => `${labelOf(field)}${field.isRequired ? '' : ' (optional)'}`

/** Longer texts have a field of several lines. */
const longText = 1_024

function hintOf({ doc, isList, words }: FieldShape): string {
  return [doc, isList && !words && 'One on each line'].filter(Boolean).join('. ')
}

/** The things that the page knows by the beginning of their ids. */
function thingsOf(of: string | undefined, overview: Overview | undefined): readonly { value: string; label: string }[] {
  if (!overview) return []
  if (of === 'ag_') return overview.agents.map(({ id, name }) => ({ value: id, label: name }))
  if (of === 'wt_') return overview.worktrees.map(({ id, name }) => ({ value: id, label: name }))
  if (of === 'ws_') return overview.workspaces.map(({ workspaceId, name }) => ({ value: workspaceId, label: name }))
  return []
}

const none = (field: FieldShape) => ({ value: '', label: field.isRequired ? 'Choose one' : 'As usual' })

function OneField({ field, path, texts, errors, overview, onText }: OneFieldProps) {
  const shared = { label: labelWithMark(field), hint: visible(hintOf(field)), error: errors[path] }
  const value = texts[path] ?? ''
  const set = (text: string) => onText(path, text)
  const things = field.kind === 'id' && !field.isList ? thingsOf(field.of, overview) : []
  if (things.length > 0) {
    const isKnown = value === '' || things.some((thing) => thing.value === value)
    return <SelectField {...shared} options={[none(field), ...(isKnown ? [] : [{ value, label: value }]), ...things]} value={value} onValue={set} />
  }
  if (field.isList && field.words) return <WordList {...shared} words={field.words} value={value} onText={set} />
  if (field.isList || field.kind === 'json') return <TextArea {...shared} rows={3} spellCheck={false} isMono={field.kind !== 'text'} value={value} onText={set} />
  switch (field.kind) {
    case 'flag':
      return <Check label={labelOf(field)} hint={visible(field.doc)} isChecked={value === 'true'} onChecked={(isOn) => set(String(isOn))} />
    case 'word':
      return <SelectField {...shared} options={[none(field), ...(field.words ?? []).map((word) => ({ value: word, label: word }))]} value={value} onValue={set} />
    case 'number':
      return <TextField {...shared} type="number" inputMode="numeric" min={field.min} max={field.max} value={value} onText={set} />
    case 'id':
      return <TextField {...shared} isMono placeholder={`${field.of}…`} value={value} onText={set} />
    default:
      if ((field.max ?? 0) > longText && field.format === undefined) return <TextArea {...shared} rows={3} value={value} onText={set} />
      return <TextField {...shared} isMono={field.format !== undefined} value={value} onText={set} />
  }
}

type WordListProps = { label: string; hint: string; error: string | undefined; words: readonly string[]; value: string; onText: (text: string) => void }

function WordList({ label, hint, error, words, value, onText }: WordListProps) {
  const chosen = value.split('\n').filter(Boolean)
  const toggle = (word: string, isOn: boolean) => onText(words.filter((one) => (one === word ? isOn : chosen.includes(one))).join('\n'))
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 text-sm font-medium text-fg1">{label}</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-1">
        {words.map((word) => (
          <Check key={word} label={word} isChecked={chosen.includes(word)} onChecked={(isOn) => toggle(word, isOn)} />
        ))}
      </div>
      {hint && <p className="text-sm text-fg2">{hint}</p>}
      {error !== undefined && <p className="text-sm text-err">{visible(error)}</p>}
    </fieldset>
  )
}
