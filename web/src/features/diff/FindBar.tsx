import { useRef } from 'react'
import { diffFilters } from '~/features/diff/find'
import type { DiffFind, DiffQuery } from '~/features/diff/use-diff-find'
import { formatNumber, plural } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { visible } from '~/lib/visible'
import { IconButton } from '~/ui/Button'
import { Segments } from '~/ui/Tabs'

const words = { all: 'All', added: 'Added', removed: 'Removed' } as const
const filters = diffFilters.map((id) => ({ id, label: words[id] }))

/** Enter and Shift Enter go from line to line, Escape back to where one was. */
export function FindBar({ find, query }: { find: DiffFind; query: DiffQuery }) {
  const bar = useRef<HTMLElement>(null)
  const change = (next: Partial<DiffQuery>) => find.setQuery({ ...query, ...next })
  useKeys(
    'item',
    [
      { keys: 'Enter', label: 'next', inFields: true, run: () => find.go(1) },
      { keys: 'Shift+Enter', label: 'before', inFields: true, run: () => find.go(-1) },
      { keys: 'Escape', label: 'back', inFields: true, run: find.close },
    ],
    { within: bar },
  )
  const why = query.text === '' ? '' : whyLess(find)
  return (
    <search ref={bar} className="flex min-h-9 shrink-0 flex-wrap items-center gap-2 border-b border-line bg-bg1 px-3 py-1">
      <input
        autoFocus
        type="search"
        aria-label="Find in this diff"
        placeholder={query.isRegex ? 'Regular expression' : 'Find'}
        spellCheck={false}
        value={query.text}
        onChange={({ target }) => change({ text: target.value })}
        className="h-7 min-w-40 flex-1 rounded-md border border-ctl bg-bg0 px-2 touch"
      />
      <p role="status" className="min-w-16 text-sm text-fg2">
        {countOf(find, query.text)}
      </p>
      <IconButton isSmall icon="up" label="Line before (Shift Enter)" disabled={find.count === 0} onClick={() => find.go(-1)} />
      <IconButton isSmall icon="down" label="Next line (Enter)" disabled={find.count === 0} onClick={() => find.go(1)} />
      <Segments label="Find in" tabs={filters} current={query.filter} onChange={(filter) => change({ filter })} />
      <label className="flex items-center gap-1.5 text-sm text-fg1">
        <input type="checkbox" checked={query.isRegex} onChange={({ target }) => change({ isRegex: target.checked })} />
        Regex
      </label>
      <IconButton isSmall icon="close" label="Close (Escape)" onClick={find.close} />
      {find.error && (
        <p role="alert" className="w-full text-sm text-err">
          {visible(find.error.message)}
        </p>
      )}
      {why !== '' && <p className="w-full text-sm text-fg2">{why}</p>}
    </search>
  )
}

function countOf({ count, at, isMore, unread, error }: DiffFind, text: string): string {
  if (text === '' || error) return ''
  const all = `${formatNumber(count)}${isMore ? ' or more' : unread > 0 ? '…' : ''}`
  if (count === 0) return unread > 0 ? 'Searching' : 'Nothing found'
  return at < 0 ? all : `${formatNumber(at + 1)} of ${all}`
}

/** What was not looked at. */
function whyLess({ folded, leftOut, total, partly, failed, unread }: DiffFind): string {
  const files = leftOut > 0 && `Searched ${formatNumber(total - leftOut - failed - unread)} of ${formatNumber(total)} files`
  const rest = [folded > 0 && plural(folded, 'folded file'), partly > 0 && `the rest of ${plural(partly, 'long file')}`, failed > 0 && `${plural(failed, 'file')} that could not be read`].filter(Boolean)
  return [files, rest.length > 0 && `Not searched: ${rest.join(', ')}`].flatMap((part) => (part ? [`${part}.`] : [])).join(' ')
}
