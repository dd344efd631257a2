import { memo, useMemo } from 'react'
import type { EvAttachment } from '~/api/generated'
import { useRows } from '~/features/transcript/context'
import type { PromptItem } from '~/features/transcript/items'
import { formatBytes, formatFull, formatMinute } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { Icon } from '~/ui/Icon'

const states: Partial<Record<PromptItem['state'], string>> = {
  delivery_unknown: 'Delivery unknown: it is not resent automatically',
  unanswered: 'Not answered: send it again or drop it below',
}

const [mostChars, mostLines] = [2000, 20]

/** As much of a long prompt as a heading shows. */
function beginningOf(text: string): string {
  const lines = text.slice(0, mostChars).split('\n', mostLines)
  const beginning = lines.join('\n')
  return beginning.length < text.length ? `${beginning.trimEnd()} …` : text
}

/** A person's words: the heading of their turn. */
export const PromptRow = memo(function PromptRow({ item, isOpen }: { item: PromptItem; isOpen: boolean }) {
  const { onToggle } = useRows()
  const beginning = useMemo(() => beginningOf(item.text), [item.text])
  const state = states[item.state]
  return (
    <div className="-mx-3 mt-3 mb-2 grid grid-cols-[28px_minmax(0,1fr)_auto] rounded-md bg-accent-tint px-3 py-2">
      <Icon name="you" className="mt-[3px] text-accent" />
      <div className="min-w-0">
        <h3 className="text-md font-normal [overflow-wrap:anywhere] [text-wrap:pretty] whitespace-pre-wrap">{visible(isOpen ? item.text : beginning)}</h3>
        {beginning !== item.text && (
          <button type="button" aria-expanded={isOpen} onClick={() => onToggle(item.key)} className="touch min-h-6 rounded-sm text-sm text-fg1 hover:text-fg0 hover:underline">
            {isOpen ? 'Less' : 'All of it'}
          </button>
        )}
        {item.isCut && <p className="text-sm text-fg2">Cut here; the agent got all of it.</p>}
        {item.attachments.length > 0 && <Attachments files={item.attachments} />}
        {state && <p className="text-sm text-wait">{state}</p>}
      </div>
      <time dateTime={item.at} title={formatFull(item.at)} data-figures="" className="pl-3 text-sm leading-5.5 text-fg2">
        {formatMinute(item.order)}
      </time>
    </div>
  )
})

function Attachments({ files }: { files: readonly EvAttachment[] }) {
  return (
    <ul aria-label="Attached files" className="flex flex-wrap gap-x-3 gap-y-1 pt-1">
      {files.map(({ id, name, size, width, height }) => (
        <li key={id} className="flex min-w-0 items-center gap-1.5 text-sm text-fg2">
          <Icon name="clip" className="size-3.5" />
          <span className="truncate font-mono text-fg1">{visibleName(name)}</span>
          {width !== undefined && height !== undefined && `${width} × ${height}, `}
          {formatBytes(size)}
        </li>
      ))}
    </ul>
  )
}

/** The words whose turn is on screen, while they themselves are above it. Not a control: rows pass below it. */
export function StickyPrompt({ item }: { item: PromptItem }) {
  return (
    <div aria-hidden="true" className="sticky top-0 z-1 h-0">
      <div className="mx-auto max-w-[768px] px-6 max-sm:px-4">
        <p className="-mx-3 grid grid-cols-[28px_minmax(0,1fr)_auto] rounded-b-md bg-accent-tint px-3 py-2 outline outline-line">
          <Icon name="you" className="mt-[3px] text-accent" />
          <span className="truncate text-md">{visibleName(item.text.slice(0, 300).split('\n')[0] ?? '')}</span>
          <span className="pl-3 text-sm leading-5.5 text-fg2">{formatMinute(item.order)}</span>
        </p>
      </div>
    </div>
  )
}
