import { useId, type ReactNode } from 'react'
import { visible, visibleName } from '~/lib/visible'

type SelectFieldProps = {
  label: string
  options: readonly { value: string; label: string }[]
  value: string
  hint?: ReactNode
  error?: string | undefined
  onValue: (value: string) => void
}

/** The browser's own list of choices. */
export function SelectField({ label, options, value, hint, error, onValue }: SelectFieldProps) {
  const id = useId()
  const described = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="text-sm font-medium text-fg1">
        {label}
      </label>
      <select
        id={id}
        value={value}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={described || undefined}
        onChange={(event) => onValue(event.target.value)}
        className="touch h-7 w-full rounded-md border border-ctl bg-bg0 px-1.5 text-fg0 focus-visible:outline-offset-0"
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {visibleName(option.label)}
          </option>
        ))}
      </select>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-sm text-fg2">
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} className="text-sm text-err">
          {visible(error)}
        </p>
      )}
    </div>
  )
}
