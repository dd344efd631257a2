import type { ReactNode } from 'react'
import { Section } from '~/ui/Section'

type GroupProps = { title: string; children: ReactNode }

/** Components of one kind. */
export function Group({ title, children }: GroupProps) {
  return (
    <div className="mt-8">
      <Section title={title}>{children}</Section>
    </div>
  )
}

type SampleProps = {
  /** The state that is shown: "busy", "long text". */
  state: string
  /** One below the other, each as wide as there is room for. */
  isTall?: boolean
  children: ReactNode
}

/** A component in one of its states, and its name. */
export function Sample({ state, isTall = false, children }: SampleProps) {
  return (
    <div className="grid grid-cols-[120px_minmax(0,1fr)] gap-x-6 gap-y-2 border-t border-line py-2 max-sm:grid-cols-1">
      <div className="text-sm leading-7 text-fg2">{state}</div>
      <div className={isTall ? 'flex min-w-0 flex-col gap-4' : 'flex min-w-0 flex-wrap items-center gap-2'}>{children}</div>
    </div>
  )
}

/** The focus as a keyboard shows it, drawn without it: only one thing at a time has the focus. */
export const focused = { outline: '2px solid var(--accent)', outlineOffset: 1 } as const

/** For controls that do nothing here. */
export function nothing() {}

export const longText = 'Rename every table of the ledger so that its name says what a row is, then run the migrations twice and compare both stores row by row'
export const longWord = 'packages/ledger-service/internal/reconciliation/statement_importer_with_duplicates_integration_test.go'
/** Reverses what follows, hides a character, and mixes the directions of two scripts. */
export const bidiText = 'invoice-\u202egpj.exe \u200b שלום עולם and مرحبا'

const start = Date.now()
export const ago = (seconds: number) => new Date(start - seconds * 1000).toISOString()
