import type { ReactNode } from 'react'
import { StatusGlyph } from '~/ui/Status'

type StepProps = {
  title: string
  /** done: it needs nobody any more. now: it is its turn. later: what is before it comes first. */
  state: 'done' | 'now' | 'later'
  note?: ReactNode
  children?: ReactNode
}

const looks = {
  done: { look: 'finished', word: 'Done' },
  now: { look: 'idle', word: 'Now' },
  later: { look: 'idle', word: 'Later' },
} as const

/** One step of the way: the glyph, what it is, and below it what to do. */
export function Step({ title, state, note, children }: StepProps) {
  const { look, word } = looks[state]
  return (
    <li aria-current={state === 'now' ? 'step' : undefined} className="grid grid-cols-[28px_minmax(0,1fr)] border-t border-line py-3">
      <StatusGlyph look={look} word={word} className="mt-[3px]" />
      <div className="min-w-0">
        <h2 className={state === 'later' ? 'text-fg2' : 'font-semibold'}>{title}</h2>
        {note !== undefined && <div className="text-sm text-fg2">{note}</div>}
        {children}
      </div>
    </li>
  )
}
