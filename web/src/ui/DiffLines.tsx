import type { LineChange } from '~/lib/line-diff'
import { visible } from '~/lib/visible'

const looks = {
  context: { sign: ' ', row: '', sr: '' },
  add: { sign: '+', row: 'bg-[color-mix(in_oklab,var(--ok)_13%,transparent)]', sr: 'text-ok' },
  delete: { sign: '-', row: 'bg-[color-mix(in_oklab,var(--err)_13%,transparent)]', sr: 'text-err' },
} as const

/** A few changed lines in place, as in a tool card. Long files have their own page. */
export function DiffLines({ lines, label }: { lines: readonly LineChange[]; label: string }) {
  return (
    <pre
      tabIndex={0}
      role="region"
      aria-label={label}
      className="max-h-96 overflow-auto rounded-md border border-line bg-bg1 py-1 font-mono text-sm"
    >
      <code className="block w-max min-w-full">
        {lines.map((line, place) => (
          <DiffRow key={place} kind={line.kind} text={line.text} />
        ))}
      </code>
    </pre>
  )
}

function DiffRow({ kind, text }: LineChange) {
  const { sign, row, sr } = looks[kind]
  return (
    <span className={`flex px-3 whitespace-pre ${row}`}>
      <span className={`w-4 shrink-0 select-none ${sr}`}>{sign}</span>
      <span>{visible(text) || ' '}</span>
    </span>
  )
}
