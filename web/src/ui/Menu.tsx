import { useState, type ReactNode } from 'react'
import { Button } from '~/ui/Button'
import type { IconName } from '~/ui/Icon'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'

export type MenuEntry = {
  label: string
  /** A second line in quiet ink. */
  hint?: string
  /** The key that does the same. */
  keys?: string
  icon?: IconName
  /** It is the current choice; a menu with one such entry is a choice. */
  isOn?: boolean
  isDanger?: boolean
  /** Why it cannot be done now; the entry stays and says so. */
  isOff?: string | undefined
  run: () => void
}
export type MenuItem = MenuEntry | 'line' | { heading: string }

export type MenuProps = {
  /** The accessible name of a trigger that shows only an icon, and of the menu. */
  label: string
  items: readonly MenuItem[]
  /** What the trigger shows: a word, or an icon. */
  text?: ReactNode
  icon?: IconName
  look?: 'plain' | 'quiet'
  isSmall?: boolean
  isOff?: boolean
  /** True: it is open, or about to be, and what its entries need is wanted; false: not any more. */
  onIntent?: (isWanted: boolean) => void
}

const loadPopup = () => import('~/ui/MenuPopup')
const Popup = lazyPart(async () => (await loadPopup()).MenuPopup)

/** What a menu's trigger looks like, before and after the popup's code has come. */
export function triggerProps({ label, icon, look = 'quiet', isSmall = false, isOff = false }: MenuProps) {
  return { look, isSmall, isOff, ...(icon && { icon }), 'aria-label': label, title: label } as const
}

/** A button that opens a list of acts. The code of the popup comes on the first intent, never with the first load. */
export function Menu(props: MenuProps) {
  const [wanted, setWanted] = useState<'key' | 'pointer'>()
  function prepare() {
    void loadPopup().catch(() => undefined)
    props.onIntent?.(true)
  }
  const leave = () => props.onIntent?.(false)
  const closed = (
    <Button {...triggerProps(props)} aria-haspopup="menu" onPointerEnter={prepare} onFocus={prepare} onPointerLeave={leave} onBlur={leave} onClick={({ detail }) => setWanted(detail === 0 ? 'key' : 'pointer')}>
      {props.text}
    </Button>
  )
  if (!wanted) return closed
  return (
    <LazyPart fallback={closed} onFail={() => setWanted(undefined)}>
      <Popup {...props} isByKey={wanted === 'key'} />
    </LazyPart>
  )
}
