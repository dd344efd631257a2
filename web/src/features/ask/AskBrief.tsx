import { useRef, type ReactNode } from 'react'
import type { Ask } from '~/api/generated'
import { AskBytes } from '~/features/ask/AskBytes'
import { FactsLine } from '~/features/ask/AskFacts'
import { DenyForm } from '~/features/ask/AskForms'
import { KeyMark } from '~/features/ask/KeyMark'
import { Troubles } from '~/features/ask/AskView'
import { useAskForm } from '~/features/ask/use-ask-form'
import { useFocusWithin } from '~/features/ask/use-ask-focus'
import { objectOf } from '~/features/ask/words'
import { useKeys, type Key } from '~/lib/keys'
import { Button } from '~/ui/Button'

type AskBriefProps = {
  ask: Ask
  /** The link or button that opens it in full. */
  more: ReactNode
  onOpen: () => void
}

/** All of its bytes fit into about two lines of Home. */
export function isBrief({ kind, truncated }: Pick<Ask, 'kind' | 'truncated'>, lines: number, bytes: number): boolean {
  return kind === 'permission' && !truncated && lines <= 2 && bytes <= 200
}

/** The body of a chosen row on Home: the bytes and, only if all of them are in sight, Allow. The rest is in the inbox. */
export function AskBrief({ ask, more, onOpen }: AskBriefProps) {
  const form = useAskForm(ask)
  const part = useRef<HTMLDivElement>(null)
  const { isWithin, ...within } = useFocusWithin()
  const { lines } = form.view
  const canAllow = isBrief(ask, lines.length, lines.reduce((sum, { text }) => sum + text.length, 0))
  const allow = () => void form.answer({ decision: 'allow' })
  const open: Key = { keys: 'Enter', label: 'open', run: onOpen }
  const acts: readonly Key[] = [
    { keys: 'a', label: 'allow', run: allow },
    { keys: 'd', label: 'deny', run: () => form.setMode('deny') },
  ]
  useKeys('item', form.mode === 'choose' ? [...(canAllow ? acts : []), open] : [], { within: part })
  const isOff = form.isBusy || form.off !== undefined
  return (
    <div ref={part} tabIndex={-1} {...within} className="min-w-0">
      {canAllow ? (
        <div className="font-mono text-sm text-fg1">
          <AskBytes form={form} isBounded />
        </div>
      ) : (
        <p className="line-clamp-2 text-fg1 [overflow-wrap:anywhere]">{objectOf(ask).text}</p>
      )}
      {canAllow && <FactsLine form={form} />}
      {form.mode === 'deny' ? (
        <div className="mt-2.5">
          <DenyForm
            form={form}
            onBack={() => {
              form.setMode('choose')
              part.current?.focus()
            }}
          />
        </div>
      ) : (
        <div className="mt-2.5 flex flex-wrap items-center gap-1.5">
          {canAllow && (
            <>
              <Button isSmall isOff={isOff} onClick={allow}>
                Allow once
                <KeyMark keys="A" isOn={isWithin && !isOff} />
              </Button>
              <Button isSmall look="quiet" isOff={form.isBusy} onClick={() => form.setMode('deny')}>
                Deny
                <KeyMark keys="D" isOn={isWithin} />
              </Button>
            </>
          )}
          {more}
        </div>
      )}
      <Troubles form={form} />
    </div>
  )
}
