import { useState } from 'react'
import { bestOf } from '~/features/palette/match'
import { listKeys, showKeys, type ActiveKey } from '~/lib/keys'
import { Dialog } from '~/ui/Dialog'
import { TextField } from '~/ui/Field'
import { Kbd } from '~/ui/Kbd'

const groups = [
  { title: 'What has the focus', of: ['item', 'list', 'overlay'] },
  { title: 'This part of the page', of: ['pane'] },
  { title: 'Everywhere', of: ['page'] },
] as const

type Line = { scope: ActiveKey['scope']; label: string; keys: readonly string[] }

/** One line for an act, with all its keys; the same act in many rows is one as well. */
function linesOf(rows: readonly ActiveKey[]): readonly Line[] {
  const lines = new Map<string, Line>()
  for (const { scope, label, keys } of rows) {
    const name = `${scope} ${label}`
    lines.set(name, { scope, label, keys: [...new Set([...(lines.get(name)?.keys ?? []), keys])] })
  }
  return [...lines.values()]
}

const textsOf = ({ label, keys }: Line) => ({ main: label, rest: keys.map(showKeys).join(' ') })

/** All keys of the page as it stands, as the registry has them. */
export function KeySheet({ onClose }: { onClose: () => void }) {
  const [lines] = useState(() => linesOf(listKeys()))
  const [query, setQuery] = useState('')
  const found = bestOf(query, lines, textsOf, lines.length)
  const shown = groups.map(({ title, of }) => ({ title, rows: found.filter(({ scope }) => of.some((one) => one === scope)) })).filter((group) => group.rows.length > 0)
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <TextField label="Find a shortcut" type="search" value={query} onText={setQuery} />
      {shown.length === 0 && <p className="text-fg2">No shortcut here does that.</p>}
      {shown.map((group) => (
        <section key={group.title} aria-label={group.title}>
          <h3 className="mb-1 text-xs font-medium text-fg2">{group.title}</h3>
          <dl className="columns-2 gap-10 max-sm:columns-1">
            {group.rows.map((row) => (
              <div key={row.label} className="flex min-h-7 break-inside-avoid items-center justify-between gap-3">
                <dt className="min-w-0 first-letter:uppercase">{row.label}</dt>
                <dd className="flex gap-2 text-xs text-fg2">
                  {row.keys.map((keys, n) => (
                    <span key={keys}>
                      {n > 0 && 'or '}
                      <Kbd keys={keys} isAlways />
                    </span>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  )
}
