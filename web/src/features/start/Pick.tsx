import { visibleName } from '~/lib/visible'
import { Icon } from '~/ui/Icon'

type PickProps<T extends string> = {
  label: string
  options: readonly { value: T; label: string }[]
  value: T
  isMono?: boolean
  onValue: (value: string) => void
}

/** A choice that reads as a word of the row: the browser's own list behind it. */
export function Pick<T extends string>({ label, options, value, isMono = false, onValue }: PickProps<T>) {
  return (
    <span className="relative inline-flex max-w-full min-w-0 items-center">
      <select
        aria-label={label}
        value={value}
        onChange={(event) => onValue(event.target.value)}
        className={`touch h-7 max-w-60 min-w-0 appearance-none truncate rounded-md bg-bg3 pr-7 pl-2 font-medium text-fg0 [field-sizing:content] hover:bg-bg4 ${isMono ? 'font-mono text-sm' : ''}`}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {visibleName(option.label)}
          </option>
        ))}
      </select>
      <Icon name="down" className="pointer-events-none absolute right-1.5 text-fg2" />
    </span>
  )
}
