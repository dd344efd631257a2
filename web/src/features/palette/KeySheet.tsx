import { useState } from 'react'
import { bestOf } from '~/features/palette/match'
import { listKeys, showKeys } from '~/lib/keys'
import { Dialog } from '~/ui/Dialog'
import { TextField } from '~/ui/Field'
import { KeyLines, linesOf, type KeyLine } from '~/ui/KeyLines'

const groups = [
  { title: 'What has the focus', of: ['item', 'list', 'overlay'] },
  { title: 'This part of the page', of: ['pane'] },
  { title: 'Everywhere', of: ['page'] },
] as const

const textsOf = ({ label, keys }: KeyLine) => ({ main: label, rest: keys.map(showKeys).join(' ') })

/** All keys of the page as it stands, as the registry has them. */
export function KeySheet({ onClose }: { onClose: () => void }) {
  const [keys] = useState(listKeys)
  const [query, setQuery] = useState('')
  const shown = groups.flatMap(({ title, of }) => {
    const lines = of.flatMap((scope) => linesOf(keys.filter((key) => key.scope === scope)))
    const found = bestOf(query, lines, textsOf, lines.length)
    return found.length > 0 ? [{ title, lines: found }] : []
  })
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <TextField label="Find a shortcut" type="search" value={query} onText={setQuery} />
      {shown.length === 0 && <p className="text-fg2">No shortcut here does that.</p>}
      {shown.map((group) => (
        <KeyLines key={group.title} {...group} />
      ))}
    </Dialog>
  )
}
