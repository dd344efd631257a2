import { useState } from 'react'
import { bidiText, focused, Group, longText, nothing, Sample } from '~/app/pages/components/Sample'
import { Check, Choice, TextArea, TextField } from '~/ui/Field'
import { FieldRow } from '~/ui/FieldRow'
import { SelectBox } from '~/ui/SelectBox'
import { SelectField } from '~/ui/SelectField'
import { StatusGlyph } from '~/ui/Status'
import { Segments, Tabs } from '~/ui/Tabs'

const modes = [
  { value: 'ask', label: 'Ask', hint: 'Every tool that changes something waits for you.' },
  { value: 'auto', label: 'Auto', hint: 'Changes of files are made without asking.' },
  { value: 'plan', label: 'Plan', hint: 'Nothing is changed before you accept a plan.' },
] as const
const models = [
  { value: 'standard', label: 'The CLI’s own choice' },
  { value: 'bidi', label: bidiText },
]
const panes = [
  { id: 'diff', label: 'Diff', count: 7 },
  { id: 'files', label: 'Files' },
  { id: 'terminal', label: 'Terminal', count: 2 },
  { id: 'plan', label: 'Plan', count: '2 / 5' },
  { id: 'usage', label: 'Usage' },
] as const
const spans = [
  { id: 'day', label: 'Day' },
  { id: 'week', label: 'Week' },
  { id: 'month', label: 'Month', count: 12 },
] as const

export function Fields() {
  return (
    <Group title="Fields">
      <Sample state="rest" isTall>
        <Text label="Name" value="retry-backoff" />
        <Text label="Branch" value="" hint="Left empty: made from the name." placeholder="feature/retry-backoff" isMono />
      </Sample>
      <Sample state="focus" isTall>
        <Text label="Name, focused" value="retry-backoff" style={focused} />
      </Sample>
      <Sample state="disabled, read only" isTall>
        <Text label="Path, disabled" value="/home/me/ledger-api" isMono disabled />
        <Text label="Path, read only" value="/home/me/ledger-api" isMono readOnly />
      </Sample>
      <Sample state="error" isTall>
        <Text label="Branch, refused" value="retry backoff" isMono error="A branch name cannot contain a space." />
        <TextArea label="Prompt, refused" defaultValue="" onText={nothing} error="Say what the agent should do." rows={2} />
        <SelectField label="Model, refused" options={models} value="bidi" error="This CLI does not know the model." onValue={nothing} />
      </Sample>
      <Sample state="long and bidi text" isTall>
        <TextArea label="Prompt" defaultValue={`${longText}\n${longText}`} onText={nothing} rows={3} hint="Ctrl Enter sends it." />
        <Text label="Error with bidi text" value="" error={`“${bidiText}” does not exist.`} />
      </Sample>
      <Choices />
    </Group>
  )
}

type TextProps = Omit<Parameters<typeof TextField>[0], 'onText'> & { value: string }

/** A field that can be typed in. */
function Text({ value, ...rest }: TextProps) {
  const [text, setText] = useState(value)
  return <TextField {...rest} value={text} onText={setText} />
}

function Choices() {
  const [mode, setMode] = useState<(typeof modes)[number]['value']>('ask')
  const [model, setModel] = useState('standard')
  const [isOn, setOn] = useState(true)
  const [pane, setPane] = useState<(typeof panes)[number]['id']>('diff')
  const [span, setSpan] = useState<(typeof spans)[number]['id']>('week')
  return (
    <>
      <Sample state="one of few" isTall>
        <Choice label="Mode" options={modes} value={mode} onValue={setMode} />
        <SelectField label="Model" options={models} value={model} hint="What the CLI reports." onValue={setModel} />
      </Sample>
      <Sample state="checked, disabled" isTall>
        <Check label="Run the setup script" hint="It installs what the project needs." isChecked={isOn} onChecked={setOn} />
        <Check label="Delete the branch too" hint="It has commits that are nowhere else." isChecked={false} isDisabled onChecked={nothing} />
      </Sample>
      <Sample state="row selected, not">
        {[true, false].map((isSelected) => (
          <span key={String(isSelected)} className="relative size-3.5">
            <StatusGlyph look="running" />
            <SelectBox label={isSelected ? 'A selected sample' : 'A sample'} isOn={isSelected} onSelect={nothing} />
          </span>
        ))}
      </Sample>
      <Sample state="tabs" isTall>
        <div className="flex h-9 border-b border-line">
          <Tabs label="Panes of a sample" tabs={panes} current={pane} onChange={setPane} />
        </div>
      </Sample>
      <Sample state="segments">
        <Segments label="Span of a sample" tabs={spans} current={span} onChange={setSpan} />
      </Sample>
      <Sample state="row of settings" isTall>
        <div className="pl-3.5">
          <FieldRow title="Agents at once" text="More wait until one is finished. Was 4." isMarked>
            <span className="text-fg1">6</span>
          </FieldRow>
          <FieldRow title="Language of commits" text={longText} error={<p className="text-sm text-err">The store could not be written: the disk is full.</p>}>
            <span className="text-fg1">English</span>
          </FieldRow>
        </div>
      </Sample>
    </>
  )
}
