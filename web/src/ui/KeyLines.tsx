import { Kbd } from '~/ui/Kbd'

export type KeyLine = { label: string; keys: readonly string[] }

/** One line for an act, with all its keys. */
export function linesOf(rows: readonly { label: string; keys: string }[]): readonly KeyLine[] {
  const lines = new Map<string, string[]>()
  for (const { label, keys } of rows) lines.set(label, [...new Set([...(lines.get(label) ?? []), keys])])
  return [...lines].map(([label, keys]) => ({ label, keys }))
}

/** What a part of the page does by key. */
export function KeyLines({ title, lines }: { title: string; lines: readonly KeyLine[] }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-1 text-xs font-medium text-fg2">{title}</h3>
      <dl className="columns-2 gap-10 max-sm:columns-1">
        {lines.map(({ label, keys }) => (
          <div key={label} className="flex min-h-7 break-inside-avoid items-center justify-between gap-3">
            <dt className="min-w-0 first-letter:uppercase">{label}</dt>
            <dd className="flex gap-2 text-xs text-fg2">
              {keys.map((one, n) => (
                <span key={one}>
                  {n > 0 && 'or '}
                  <Kbd keys={one} isAlways />
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
