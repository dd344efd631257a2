import { useRef, useState } from 'react'
import { isObject, parseJson, prettyJson, textAt } from '~/lib/json'
import { useKeys } from '~/lib/keys'
import type { AskAnswer } from '~/ui/AskCard'
import { Button } from '~/ui/Button'
import { TextArea } from '~/ui/Field'

type EditInputProps = {
  input: unknown
  /** Nothing can be allowed now. */
  isOff: boolean
  /** Called with what would run, whenever the text is valid; with undefined when editing ends. */
  onEdited: ((input: unknown) => void) | undefined
  onAnswer: (answer: AskAnswer) => void
  onBack: () => void
}
type Edited = { value: unknown } | { fault: string }

/** A command is edited as plain text, other arguments as JSON. */
function readEdited(input: unknown, text: string): Edited {
  if (isObject(input) && textAt(input, 'command') !== undefined) return { value: { ...input, command: text } }
  const parsed = parseJson(text)
  if ('value' in parsed && !isObject(parsed.value)) return { fault: 'The arguments must be one JSON object.' }
  return parsed
}

export function EditInput({ input, isOff, onEdited, onAnswer, onBack }: EditInputProps) {
  const form = useRef<HTMLFormElement>(null)
  const command = textAt(input, 'command')
  const [text, setText] = useState(command ?? prettyJson(input))
  const edited = readEdited(input, text)
  const fault = 'fault' in edited ? edited.fault : undefined
  function edit(next: string) {
    const read = readEdited(input, next)
    setText(next)
    if ('value' in read) onEdited?.(read.value)
  }
  function back() {
    onEdited?.(undefined)
    onBack()
  }
  useKeys('item', [{ keys: 'Escape', label: 'back', run: back }], { within: form })
  return (
    <form
      ref={form}
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        if ('value' in edited) onAnswer({ decision: 'allow', input: edited.value })
      }}
    >
      <TextArea
        label={command === undefined ? 'Arguments' : 'Command'}
        isMono
        rows={Math.min(12, text.split('\n').length + 1)}
        autoFocus
        spellCheck={false}
        value={text}
        onText={edit}
        error={fault}
      />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="solid" isOff={isOff} disabled={fault !== undefined}>
          Allow edited
        </Button>
        <Button look="quiet" onClick={back}>
          Back
        </Button>
      </div>
    </form>
  )
}
