import { useId, useRef, useState, type RefObject } from 'react'
import { useFocusMoves, useSettled } from '~/lib/focus'
import { grantsOf } from '~/lib/grants'
import { hasAltKeys, useKeys } from '~/lib/keys'
import { visible } from '~/lib/visible'
import type { AskAnswer, AskView } from '~/ui/AskCard'
import { Button } from '~/ui/Button'
import { EditInput } from '~/ui/EditInput'
import { TextArea } from '~/ui/Field'

/** What the screen shows of the ask, to which an answer applies. */
export function markOf(ask: AskView): string {
  return `${ask.id} ${ask.digest ?? ''} ${ask.isCut ? 'cut' : 'whole'} ${ask.before?.now ?? ''}`
}

type View = 'choose' | 'deny' | 'edit'

export type DecisionProps = {
  ask: AskView
  card: RefObject<HTMLElement | null>
  hasPageKeys: boolean
  isBusy: boolean
  /** All of it could be reached, and its end was in view. */
  isSeen: boolean
  onToEnd: () => void
  onAnswer: (answer: AskAnswer) => void
  allow: string
  deny: string
  /** Permissions only: further answers. */
  edits?: { onEdited: (input: unknown) => void }
}

/** The possible answers. Nothing can be allowed before its end was in view and it has not changed for a moment. */
export function Decision(props: DecisionProps) {
  const { ask, card, isBusy, isSeen, onAnswer, deny, edits } = props
  const [view, setView] = useState<View>('choose')
  const isSettled = useSettled(`${markOf(ask)} ${view}`)
  const isOff = isBusy || !isSeen || !isSettled
  function back() {
    setView('choose')
    card.current?.focus()
  }
  if (view === 'deny')
    return <Denial label={deny} hasMessage={!ask.decisionOnly} isBusy={isBusy} onAnswer={onAnswer} onBack={back} />
  if (view === 'edit' && edits)
    return <EditInput input={ask.input} isOff={isOff} onEdited={edits.onEdited} onAnswer={onAnswer} onBack={back} />
  return <Choice {...props} isOff={isOff} onView={setView} />
}

type ChoiceProps = DecisionProps & { isOff: boolean; onView: (view: View) => void }

function Choice({ ask, card, hasPageKeys, isBusy, isOff, isSeen, onToEnd, onAnswer, allow, deny, edits, onView }: ChoiceProps) {
  const noteId = useId()
  const grants = edits ? grantsOf(ask.suggestions) : []
  const run = { onAllow: isOff ? undefined : () => onAnswer({ decision: 'allow' }), onDeny: isBusy ? undefined : () => onView('deny') }
  const keyOf = useAnswerKeys({ ask, card, hasPageKeys, ...run })
  const [allowKey, denyKey] = [keyOf('A'), keyOf('D')]
  return (
    <>
      {!isSeen && !ask.isCut && <UnseenNote id={noteId} allow={allow} onToEnd={onToEnd} />}
      <div className="flex flex-wrap items-center gap-2 max-sm:gap-1.5">
        <Button look="solid" icon="check" isOff={isOff} aria-describedby={noteId} aria-keyshortcuts={shortcutOf(allowKey)} onClick={run.onAllow}>
          {allow}
          <Key of={allowKey} isOff={isOff} />
        </Button>
        {grants.length > 0 && (
          <Button isOff={isOff} aria-describedby={`${noteId}-grants`} onClick={() => onAnswer({ decision: 'allow_always' })}>
            Always allow
          </Button>
        )}
        {edits && !ask.isCut && !ask.decisionOnly && (
          <Button isOff={isBusy} onClick={() => onView('edit')}>
            Edit
          </Button>
        )}
        <Button look="danger" icon="close" isOff={isBusy} aria-keyshortcuts={shortcutOf(denyKey)} onClick={run.onDeny}>
          {deny}
          <Key of={denyKey} isOff={isBusy} />
        </Button>
      </div>
      {grants.length > 0 && (
        <p id={`${noteId}-grants`} className="text-sm [overflow-wrap:anywhere] text-fg1">
          “Always allow” also lets it, until this session ends: {visible(grants.join('; '))}.
        </p>
      )}
    </>
  )
}

function UnseenNote({ id, allow, onToEnd }: { id: string; allow: string; onToEnd: () => void }) {
  return (
    <p id={id} className="flex items-center justify-between gap-2 text-sm text-wait">
      “{allow}” works once you have seen the end of this.
      <span className="shrink-0">
        <Button isSmall icon="down" onClick={onToEnd}>
          To its end
        </Button>
      </span>
    </p>
  )
}

type AnswerKeys = Pick<DecisionProps, 'ask' | 'card' | 'hasPageKeys'> & { onAllow: (() => void) | undefined; onDeny: (() => void) | undefined }

/**
 * A letter answers while the ask has the focus, and with Alt from anywhere on the page: both only if neither the focus nor
 * the ask has changed for a moment, so that no key answers what it was not meant for. Returns the key that applies now.
 */
function useAnswerKeys({ ask, card, hasPageKeys, onAllow, onDeny }: AnswerKeys) {
  const { moves, isWithin } = useFocusMoves(card)
  const isAwake = useSettled(`${markOf(ask)} ${moves}`)
  const allow = onAllow ? [{ label: 'allow', run: onAllow }] : []
  const deny = onDeny ? [{ label: 'deny', run: onDeny }] : []
  const keysWith = (modifier: string) => [...allow.map((key) => ({ ...key, keys: `${modifier}A` })), ...deny.map((key) => ({ ...key, keys: `${modifier}D` }))]
  useKeys('item', keysWith(''), { within: card, isOn: isAwake })
  useKeys('pane', keysWith('Alt+'), { isOn: isAwake && hasPageKeys && hasAltKeys })
  return (letter: string) => {
    const far = hasPageKeys && hasAltKeys ? `Alt ${letter}` : undefined
    return { shown: isWithin ? letter : far, isAwake, room: far ?? letter }
  }
}

type AnswerKey = ReturnType<ReturnType<typeof useAnswerKeys>>

const shortcutOf = ({ shown }: AnswerKey) => shown?.replace(' ', '+')

/** Visible while it acts. Its size never changes, so that no button moves between a press and its click. */
function Key({ of: { shown, isAwake, room }, isOff }: { of: AnswerKey; isOff: boolean }) {
  const look = isAwake && !isOff && shown !== undefined ? '' : 'invisible'
  return (
    <kbd aria-hidden="true" className={`inline-grid rounded-sm border border-current px-1 text-center font-mono text-xs leading-4 *:col-start-1 *:row-start-1 pointer-coarse:hidden ${look}`}>
      <span className="invisible">{room}</span>
      <span>{shown}</span>
    </kbd>
  )
}

type DenialProps = { label: string; hasMessage: boolean; isBusy: boolean; onAnswer: (answer: AskAnswer) => void; onBack: () => void }

function Denial({ label, hasMessage, isBusy, onAnswer, onBack }: DenialProps) {
  const [message, setMessage] = useState('')
  const form = useRef<HTMLFormElement>(null)
  useKeys('item', [{ keys: 'Escape', label: 'back', run: onBack }], { within: form })
  const said = message.trim() ? { message: message.trim() } : {}
  return (
    <form
      ref={form}
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        onAnswer({ decision: 'deny', ...said })
      }}
    >
      {hasMessage ? (
        <TextArea label="What should it do instead? (optional)" rows={2} autoFocus value={message} onText={setMessage} />
      ) : (
        <p className="text-sm text-fg1">This agent takes no message with an answer: say in your next message what it should do instead.</p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="danger" isOff={isBusy} autoFocus={!hasMessage}>
          {label}
        </Button>
        <Button isOff={isBusy} onClick={() => onAnswer({ decision: 'deny', interrupt: true, ...said })}>
          {label} and end the turn
        </Button>
        <Button look="quiet" onClick={onBack}>
          Back
        </Button>
      </div>
    </form>
  )
}
