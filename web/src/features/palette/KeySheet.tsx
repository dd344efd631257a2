import { useState } from 'react'
import { bestOf } from '~/features/palette/match'
import { listKeys, type ActiveKey } from '~/lib/keys'
import { Dialog } from '~/ui/Dialog'
import { TextField } from '~/ui/Field'
import { Kbd } from '~/ui/Kbd'

const groups = [
  { title: 'What has the focus', of: ['item', 'list', 'overlay'] },
  { title: 'This part of the page', of: ['pane'] },
  { title: 'Everywhere', of: ['page'] },
] as const

const textOf = ({ keys, label }: ActiveKey) => `${label} ${keys}`

/** The same act in many rows is one line. */
function once(rows: readonly ActiveKey[]): readonly ActiveKey[] {
  return [...new Map(rows.map((row) => [textOf(row), row])).values()]
}

/** All keys of the page as it stands, as the registry has them. */
export function KeySheet({ onClose }: { onClose: () => void }) {
  const [rows] = useState(() => once(listKeys()))
  const [query, setQuery] = useState('')
  const found = bestOf(query, rows, textOf, rows.length)
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
              <div key={textOf(row)} className="flex min-h-7 break-inside-avoid items-center justify-between gap-3">
                <dt className="min-w-0 first-letter:uppercase">{row.label}</dt>
                <dd>
                  <Kbd keys={row.keys} isAlways />
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  )
}
