import { Menu } from '@base-ui/react/menu'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { useLayer } from '~/lib/layers'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Icon } from '~/ui/Icon'
import { Kbd } from '~/ui/Kbd'
import { triggerProps, type MenuEntry, type MenuProps } from '~/ui/Menu'

/** The menu behind its button: Base UI's, with arrows, letters, Home and End. While it is open, letters choose in it and no key of the page works. */
export function MenuPopup({ isByKey, ...props }: MenuProps & { /** How its code was asked for: keys begin at the first entry, as they do when it opens again. */ isByKey: boolean }) {
  const popup = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!isByKey) return undefined
    const frame = requestAnimationFrame(() => popup.current?.querySelector<HTMLElement>('[role=menuitem]:not([data-disabled])')?.focus())
    return () => cancelAnimationFrame(frame)
  }, [isByKey])
  const [isOpen, setOpen] = useState(true)
  useLayer({ onClose: () => setOpen(false), isOn: isOpen })
  const tell = useEffectEvent((isWanted: boolean) => props.onIntent?.(isWanted))
  useEffect(() => tell(isOpen), [isOpen])
  const isChoice = props.items.some((item) => typeof item === 'object' && 'isOn' in item)
  return (
    <Menu.Root open={isOpen} onOpenChange={setOpen} modal={false}>
      <Menu.Trigger render={<Button {...triggerProps(props)}>{props.text}</Button>} />
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="start" collisionPadding={8} className="z-50 outline-none">
          <Menu.Popup
            ref={popup}
            aria-label={visibleName(props.label)}
            className="max-h-(--available-height) max-w-[min(420px,calc(100vw-16px))] min-w-44 overflow-y-auto rounded-lg bg-bg2 py-1.5 pop outline-none"
          >
            {props.items.map((item, at) => {
              if (item === 'line') return <Menu.Separator key={at} className="my-1.5 h-px bg-line" />
              if ('heading' in item)
                return (
                  <div key={at} role="presentation" className="px-3 pt-1.5 pb-1 text-xs font-medium text-fg2">
                    {visibleName(item.heading)}
                  </div>
                )
              return <Entry key={at} item={item} isChoice={isChoice} />
            })}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

function Entry({ item, isChoice }: { item: MenuEntry; isChoice: boolean }) {
  const hint = item.isOff ?? item.hint
  return (
    <Menu.Item
      disabled={item.isOff !== undefined}
      // Once the menu has closed and given the focus back: a dialog returns it there, and does not get the key that chose it.
      onClick={() => setTimeout(item.run)}
      label={item.label}
      aria-current={item.isOn ? true : undefined}
      className={`touch mx-1.5 flex min-h-8 items-center gap-2 rounded-md px-2 py-1 outline-none select-none data-highlighted:bg-bg4 data-disabled:text-fg2 ${item.isDanger ? 'text-err' : 'text-fg0'}`}
    >
      {isChoice && <span className="w-4 shrink-0">{item.isOn && <Icon name="check" />}</span>}
      {item.icon && <Icon name={item.icon} className="text-fg2" />}
      <span className="min-w-0 flex-1">
        <span className="block truncate">{visibleName(item.label)}</span>
        {hint !== undefined && <span className="block text-sm text-fg2">{visibleName(hint)}</span>}
      </span>
      {item.keys && <Kbd keys={item.keys} />}
    </Menu.Item>
  )
}
