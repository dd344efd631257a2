import { useId, useLayoutEffect, useRef, useState, type ClipboardEvent, type KeyboardEvent, type RefObject } from 'react'
import { isBusy } from '~/api/agents'
import { useEnter } from '~/api/enter'
import type { Agent } from '~/api/generated'
import { isAtEdge } from '~/features/composer/history'
import type { useHistory } from '~/features/composer/use-history'
import { optionId, useSuggestions } from '~/features/composer/use-suggestions'
import type { ComposerState } from '~/features/composer/use-composer-state'
import { typedLook } from '~/lib/kerning'
import { useKeys } from '~/lib/keys'
import { visibleName } from '~/lib/visible'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'

const Suggestions = lazyPart(async () => (await import('~/features/composer/Suggestions')).Suggestions)

/** For browsers that do not size the field to its content. */
const mostRows = 10

type WordsProps = {
  agent: Agent
  state: ComposerState
  field: RefObject<HTMLTextAreaElement | null>
  text: string
  placeholder: string
  refusalId: string | undefined
  /** Something above it needs the room. */
  isShort: boolean
  history: ReturnType<typeof useHistory>
  onText: (text: string) => void
  onSend: (isNow: boolean) => void
  /** What Escape does besides closing the list; undefined: nothing. */
  escape: { label: string; run: () => void } | undefined
  onPaste: (event: ClipboardEvent<HTMLTextAreaElement>) => void
}

/** A press that belongs to a character being composed. */
function isOfIme({ nativeEvent, key }: KeyboardEvent): boolean {
  return nativeEvent.isComposing || key === 'Process'
}

/** Where the caret is, and where it must be after a change that was not typed. */
function useCaret(field: RefObject<HTMLTextAreaElement | null>) {
  const [caret, setCaret] = useState(0)
  const wanted = useRef<number | undefined>(undefined)
  useLayoutEffect(() => {
    if (wanted.current === undefined) return
    field.current?.setSelectionRange(wanted.current, wanted.current)
    wanted.current = undefined
  })
  return {
    caret,
    note: () => setCaret(field.current?.selectionStart ?? 0),
    put(place: number) {
      wanted.current = place
      setCaret(place)
    },
  }
}

export function Words(props: WordsProps) {
  const { agent, state, field, text, placeholder, refusalId, isShort, history, onText, onSend, escape, onPaste } = props
  const id = useId()
  const { caret, note, put } = useCaret(field)
  const list = useSuggestions(agent, state.commands.commands, text, caret)

  function take(place?: number) {
    const edit = list.take(place)
    if (!edit) return
    put(edit.caret)
    onText(edit.text)
    field.current?.focus()
  }

  /** True if the press was for the list. */
  function pressInList(key: string): boolean {
    if (!list.isOpen) return false
    if (list.items.length === 0) return false
    if (key === 'ArrowDown') list.move(1)
    else if (key === 'ArrowUp') list.move(-1)
    else if (key === 'Tab' || key === 'Enter') take()
    else return false
    return true
  }

  useKeys('item', [{ keys: 'Escape', label: list.isOpen ? 'close' : (escape?.label ?? ''), inFields: true, run: list.isOpen ? list.close : () => escape?.run() }], {
    within: field,
    isOn: list.isOpen || escape !== undefined,
  })
  useEnter(field, { scope: 'item', label: 'send', run: () => onSend(false) })
  useKeys('item', [{ keys: 'Ctrl+Enter', label: isBusy(agent) ? 'interrupt and send' : 'send', inFields: true, run: () => onSend(true) }], { within: field, isOn: text.trim() !== '' })

  function pressArrow(direction: -1 | 1, event: KeyboardEvent<HTMLTextAreaElement>): boolean {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return false
    return isAtEdge(direction, history.walk !== undefined, event.currentTarget) && history.step(direction)
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (isOfIme(event)) return
    const press: Record<string, () => boolean> = {
      ArrowUp: () => pressArrow(-1, event),
      ArrowDown: () => pressArrow(1, event),
    }
    const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey)
    if ((isPlain && pressInList(event.key)) || press[event.key]?.()) {
      event.preventDefault()
      event.stopPropagation()
    }
  }

  return (
    <div className="relative min-w-0 flex-1">
      {list.isOpen && (
        <LazyPart>
          <Suggestions id={id} list={list} onTake={take} />
        </LazyPart>
      )}
      <textarea
        ref={field}
        data-words=""
        aria-label={`Message to ${visibleName(agent.name)}`}
        aria-autocomplete="list"
        aria-controls={list.isOpen ? id : undefined}
        aria-activedescendant={list.isOpen && list.items.length > 0 ? optionId(id, list.at) : undefined}
        aria-invalid={refusalId !== undefined || undefined}
        aria-describedby={refusalId}
        placeholder={placeholder}
        rows={Math.min(mostRows, text.split('\n', mostRows).length)}
        value={text}
        style={typedLook(text)}
        onChange={(event) => {
          onText(event.target.value)
          note()
        }}
        onSelect={note}
        onBlur={list.close}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        className={`block field-sizing-content ${isShort ? 'max-h-[20dvh]' : 'max-h-[40dvh]'} min-h-6 w-full resize-none bg-transparent text-md outline-2 outline-transparent placeholder:text-fg2 max-sm:min-h-11 max-sm:py-2.5`}
      />
    </div>
  )
}
