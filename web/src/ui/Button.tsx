import type { ComponentProps, MouseEvent, ReactNode } from 'react'
import { visibleName } from '~/lib/visible'
import { Icon, type IconName } from '~/ui/Icon'
import { Kbd } from '~/ui/Kbd'

const looks = {
  solid: 'bg-solid text-on-solid hover:bg-solid-hover',
  plain: 'bg-bg3 text-fg0 hover:bg-bg4 in-data-raised:bg-bg4',
  quiet: 'bg-transparent text-fg1 hover:bg-bg3 hover:text-fg0',
  danger: 'bg-transparent text-err hover:bg-bg3',
} as const

const frame =
  'touch inline-flex items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap select-none ' +
  'fade disabled:bg-bg3 disabled:text-fg2 aria-disabled:bg-bg3 aria-disabled:text-fg2'

const sizes = { base: 'h-7 px-2.5', small: 'h-6 px-2 text-sm' } as const

type Look = keyof typeof looks

type ButtonProps = Omit<ComponentProps<'button'>, 'className'> & {
  look?: Look
  icon?: IconName
  isSmall?: boolean
  /** The key that does the same now. */
  keys?: string
  /** It does nothing for now, but keeps the focus, which `disabled` would lose. */
  isOff?: boolean
  children: ReactNode
}

function refuse(event: MouseEvent) {
  event.preventDefault()
}

export function Button({ look = 'plain', icon, isSmall = false, isOff = false, keys, children, ...rest }: ButtonProps) {
  const size = isSmall ? sizes.small : sizes.base
  const off = isOff && ({ 'aria-disabled': true, onClick: refuse } as const)
  return (
    <button type="button" {...rest} {...off} className={`${frame} ${looks[look]} ${size}`}>
      {icon && <Icon name={icon} className="-ml-0.5" />}
      {children}
      {keys && <Kbd keys={keys} isWithin />}
    </button>
  )
}

type IconButtonProps = Omit<ComponentProps<'button'>, 'className' | 'children'> & {
  /** Its accessible name; also its tooltip. */
  label: string
  icon: IconName
  look?: Look
  isSmall?: boolean
}

export function IconButton({ label, icon, look = 'quiet', isSmall = false, ...rest }: IconButtonProps) {
  const size = isSmall ? 'size-6' : 'size-7'
  return (
    <button type="button" title={visibleName(label)} {...rest} aria-label={visibleName(label)} className={`shrink-0 ${frame} ${looks[look]} ${size}`}>
      <Icon name={icon} />
    </button>
  )
}

/** A link that looks like a button: for navigation, never for an action. */
export function linkLook(look: Look, isSmall = false): string {
  return `${frame} ${looks[look]} ${isSmall ? sizes.small : sizes.base}`
}
