import { useState } from 'react'
import { BackButton } from '~/features/ask/BackButton'
import { editedText, readEdited } from '~/features/ask/edited'
import type { AskForm } from '~/features/ask/use-ask-form'
import { useFormKeys } from '~/features/ask/use-form-keys'
import { textAt } from '~/lib/json'
import { Button } from '~/ui/Button'
import { Check, TextArea } from '~/ui/Field'

type FormProps = { form: AskForm; onBack: () => void; /** Of the buttons, where they stay in sight. */ actsLook?: string }

/** A denial, with what the agent should do in place of it. */
export function DenyForm({ form, onBack, actsLook = '' }: FormProps) {
  const { ask, answer, draft, write, isBusy } = form
  const message = draft.reason
  const [isAgain, setAgain] = useState(false)
  const said = message.trim() === '' ? {} : { message: message.trim() }
  const label = ask.kind === 'permission' ? 'Deny' : ask.kind === 'plan' ? 'Send back' : 'Skip'
  const again = isAgain && ask.kind === 'permission' ? ({ remember: 'agent' } as const) : {}
  const deny = () => void answer({ decision: 'deny', ...said, ...again })
  const part = useFormKeys(onBack, deny)
  return (
    <div ref={part} className="flex flex-col gap-2">
      {ask.decisionOnly ? (
        <p className="text-sm text-fg1">This agent takes no message with an answer: say in your next message what it should do instead.</p>
      ) : (
        <TextArea label="What should it do instead? (optional)" rows={2} autoFocus maxLength={4000} value={message} onText={(reason) => write({ reason })} />
      )}
      {ask.kind === 'permission' && <Check label="Also deny the same again for this agent, by a rule" isChecked={isAgain} onChecked={setAgain} />}
      <div className={`flex flex-wrap gap-2 ${actsLook}`}>
        <Button look="danger" isOff={isBusy} autoFocus={ask.decisionOnly === true} keys="Ctrl+Enter" onClick={deny}>
          {label}
        </Button>
        <Button look="quiet" isOff={isBusy} onClick={() => void answer({ decision: 'deny', interrupt: true, ...said, ...again })}>
          {label} and end the turn
        </Button>
        <BackButton onBack={onBack} />
      </div>
    </div>
  )
}

/** Other arguments in place of those that it asked with. What would run is shown above, as it is edited. */
export function EditForm({ form, onBack, actsLook = '' }: FormProps) {
  const { ask, answer, draft, write, setEdited, isBusy } = form
  const command = textAt(ask.input, 'command')
  const asked = editedText(ask.input)
  const text = draft.edited ?? asked
  const edited = readEdited(ask.input, text)
  const fault = 'fault' in edited ? edited.fault : undefined
  function edit(next: string) {
    const read = readEdited(ask.input, next)
    write({ edited: next === asked ? undefined : next })
    if ('value' in read) setEdited(read.value)
  }
  function allow() {
    if ('value' in edited) void answer({ decision: 'allow', input: edited.value })
  }
  const part = useFormKeys(onBack, allow)
  return (
    <div ref={part} className="flex flex-col gap-2">
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
      <div className={`flex flex-wrap gap-2 ${actsLook}`}>
        <Button look="solid" isOff={isBusy} disabled={fault !== undefined} keys="Ctrl+Enter" onClick={allow}>
          Allow edited
        </Button>
        <BackButton onBack={onBack} />
        {draft.edited !== undefined && (
          <Button look="quiet" isOff={isBusy} onClick={() => write({ edited: undefined })}>
            As it was asked
          </Button>
        )}
      </div>
    </div>
  )
}
