import type { Item } from '~/features/transcript/items'
import { useRows } from '~/features/transcript/context'
import { IconButton } from '~/ui/Button'
import { CopyButton, useCopy } from '~/ui/CopyButton'

/** Over the right end of a row under the pointer or with the focus: its text, and the address of this moment. */
export function CopyActions({ item, text, label }: { item: Item; text: string; label: string }) {
  const { linkTo } = useRows()
  const link = useCopy()
  return (
    <span className="pointer-events-none absolute -top-0.5 right-0 flex gap-0.5 rounded-md bg-bg2 p-0.5 opacity-0 outline outline-line2 group-focus-within:pointer-events-auto group-focus-within:opacity-100 group-hover:pointer-events-auto group-hover:opacity-100">
      <CopyButton text={text} label={label} />
      <IconButton icon={link.isDone ? 'check' : 'link'} label={link.isDone ? 'Copied' : 'Copy link to this moment'} isSmall onClick={() => link.copy(linkTo(item))} />
    </span>
  )
}
