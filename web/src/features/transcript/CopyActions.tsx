import { useRows } from '~/features/transcript/context'
import type { Item } from '~/features/transcript/items'
import type { Row } from '~/features/transcript/rows'
import { commandOf, objectOf, pathOf } from '~/features/transcript/words'
import { IconButton } from '~/ui/Button'
import { CopyButton, useCopy } from '~/ui/CopyButton'

/** What of an item somebody would paste. */
function textOf(item: Item): { text: string; label: string } | undefined {
  switch (item.kind) {
    case 'prompt':
    case 'text':
      return { text: item.text, label: 'Copy message' }
    case 'thought':
      return { text: item.text, label: 'Copy thought' }
    case 'tool': {
      const path = pathOf(item)
      if (path) return { text: path, label: 'Copy path' }
      if (item.toolKind !== 'execute') return { text: objectOf(item), label: 'Copy' }
      return { text: commandOf(item), label: item.isInputCut ? 'Copy the beginning of the command' : 'Copy command' }
    }
    default:
      return undefined
  }
}

/** Of calls that are folded into one row, what each of them is about, line by line; its moment is that of the first. */
function ofRun(items: readonly Item[]): { text: string; label: string } | undefined {
  const all = items.map(textOf).filter((one) => one !== undefined)
  const label = all[0]?.label
  return label === undefined ? undefined : { text: all.map(({ text }) => text).join('\n'), label: label === 'Copy' ? 'Copy all' : `${label}s` }
}

const apartPx = 8

/** What a row says at its right end stays readable: the actions stand before it. */
function besideFigures(node: HTMLElement | null) {
  const figures = node?.parentElement?.querySelector('[data-figures]')?.getBoundingClientRect().width ?? 0
  if (node) node.style.marginRight = `${figures + apartPx}px`
}

/** Beside the row under the pointer or with the focus, over the end of its words where there is no room: its text, and the address of this moment. */
export function CopyActions({ row }: { row: Row }) {
  const { linkTo, itemAt } = useRows()
  const link = useCopy()
  const [first] = row.kind === 'run' ? row.items : []
  const item = first ?? ('item' in row && row.kind !== 'fail' ? (itemAt(row.item.key) ?? row.item) : undefined)
  const shown = row.kind === 'run' ? ofRun(row.items) : item && textOf(item)
  if (!item || !shown) return null
  return (
    <span ref={besideFigures} className={`absolute right-0 flex gap-0.5 @min-[880px]:right-auto @min-[880px]:left-full @min-[880px]:ml-4 rounded-md bg-bg2 p-0.5 outline outline-line2 ${row.kind === 'prompt' ? 'top-4' : '-top-0.5'}`}>
      <CopyButton text={shown.text} label={shown.label} />
      <IconButton icon={link.isDone ? 'check' : 'link'} label={link.isDone ? 'Copied' : 'Copy link to this moment'} isSmall onClick={() => link.copy(linkTo(item))} />
    </span>
  )
}
