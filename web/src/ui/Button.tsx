import type { ComponentProps, MouseEvent, ReactNode } from 'react'
import { visibleName } from '~/lib/visible'
import { Icon, type IconName } from '~/ui/Icon'

const looks = {
  solid: 'bg-solid text-on-solid border-transparent hover:brightness-110',
  plain: 'bg-bg2 text-fg0 border-line2 hover:bg-bg3',
  quiet: 'bg-transparent text-fg1 border-transparent hover:bg-bg3 hover:text-fg0',
  danger: 'bg-bg2 text-err border-line2 hover:bg-bg3',
} as const

const frame =
  'touch inline-flex items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap ' +
  'select-none transition-[background-color,filter] duration-100 disabled:opacity-55 aria-disabled:opacity-55'

type Look = keyof typeof looks

type ButtonProps = Omit<ComponentProps<'button'>, 'className'> & {
  look?: Look
  icon?: IconName
  isSmall?: boolean
  /** It does nothing for now, but keeps the focus, which `disabled` would lose. */
  isOff?: boolean
  children: ReactNode
}

function refuse(event: MouseEvent) {
  event.preventDefault()
}

export function Button({ look = 'plain', icon, isSmall = false, isOff = false, children, ...rest }: ButtonProps) {
  const size = isSmall ? 'h-6 px-2 text-sm' : 'h-8 px-3 max-sm:px-2.5'
  const off = isOff && ({ 'aria-disabled': true, onClick: refuse } as const)
  return (
    <button type="button" {...rest} {...off} className={`${frame} ${looks[look]} ${size}`}>
      {icon && <Icon name={icon} className="-ml-0.5" />}
      {children}
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
  const size = isSmall ? 'size-6' : 'size-8'
  return (
    <button type="button" title={visibleName(label)} {...rest} aria-label={visibleName(label)} className={`${frame} ${looks[look]} ${size}`}>
      <Icon name={icon} />
    </button>
  )
}

/** A link that looks like a button: for navigation, never for an action. */
export function linkLook(look: Look, isSmall = false): string {
  return `${frame} ${looks[look]} ${isSmall ? 'h-6 px-2 text-sm' : 'h-8 px-3'}`
}
