import { typedLook } from '~/lib/kerning'
import { visible } from '~/lib/visible'
import { useId, type ComponentProps, type ReactNode } from 'react'

const box =
  'w-full rounded-md border border-ctl bg-bg0 px-2 text-fg0 placeholder:text-fg2 touch ' +
  'focus-visible:outline-2 focus-visible:outline-offset-0 disabled:text-fg2'

type FieldProps = { label: string; hint?: ReactNode; error?: string | undefined }

function Labelled(props: FieldProps & { id: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={props.id} className="text-sm font-medium text-fg1">
        {props.label}
      </label>
      {props.children}
      {props.hint && (
        <p id={`${props.id}-hint`} className="text-sm text-fg2">
          {props.hint}
        </p>
      )}
      {props.error && (
        <p id={`${props.id}-error`} className="text-sm text-err">
          {visible(props.error)}
        </p>
      )}
    </div>
  )
}

function described(id: string, { hint, error }: FieldProps) {
  const ids = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ')
  return { 'aria-describedby': ids || undefined, 'aria-invalid': error ? true : undefined }
}

type TextProps = FieldProps & Omit<ComponentProps<'input'>, 'className' | 'id' | 'onChange'> & { isMono?: boolean; onText: (text: string) => void }

export function TextField({ label, hint, error, isMono = false, onText, ...rest }: TextProps) {
  const id = useId()
  return (
    <Labelled id={id} label={label} hint={hint} error={error}>
      <input
        autoComplete="off"
        spellCheck={false}
        {...rest}
        {...described(id, { label, hint, error })}
        id={id}
        onChange={(event) => onText(event.target.value)}
        className={`${box} h-7 ${isMono ? 'font-mono text-sm' : ''}`}
      />
    </Labelled>
  )
}

type AreaProps = FieldProps & Omit<ComponentProps<'textarea'>, 'className' | 'id' | 'onChange'> & { isMono?: boolean; onText: (text: string) => void }

export function TextArea({ label, hint, error, isMono = false, onText, ...rest }: AreaProps) {
  const id = useId()
  return (
    <Labelled id={id} label={label} hint={hint} error={error}>
      <textarea
        rows={4}
        {...rest}
        {...described(id, { label, hint, error })}
        id={id}
        style={typedLook(String(rest.value ?? ''))}
        onChange={(event) => onText(event.target.value)}
        className={`${box} py-1.5 ${isMono ? 'font-mono text-sm' : ''}`}
      />
    </Labelled>
  )
}

type ChoiceProps<T extends string> = {
  label: string
  options: readonly { value: T; label: string; hint?: string }[]
  value: T
  onValue: (value: T) => void
}

/** A few exclusive options side by side: real radio buttons that look like a switch. */
export function Choice<T extends string>({ label, options, value, onValue }: ChoiceProps<T>) {
  const name = useId()
  const hint = options.find((option) => option.value === value)?.hint
  return (
    <fieldset className="flex min-w-0 flex-col gap-1">
      <legend className="mb-1 text-sm font-medium text-fg1">{label}</legend>
      <div className="flex w-fit max-w-full flex-wrap rounded-md bg-bg3 p-0.5">
        {options.map((option) => (
          <label
            key={option.value}
            className="touch flex h-6 items-center rounded-sm px-2.5 text-sm font-medium text-fg2 has-checked:bg-seg has-checked:text-fg0 has-checked:seg has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onValue(option.value)}
              className="sr-only"
            />
            {option.label}
          </label>
        ))}
      </div>
      {hint && <p className="text-sm text-fg2">{hint}</p>}
    </fieldset>
  )
}

export function Check(props: { label: string; hint?: string; isChecked: boolean; isDisabled?: boolean; onChecked: (checked: boolean) => void }) {
  return (
    <label className="touch flex items-start gap-2">
      <input
        type="checkbox"
        checked={props.isChecked}
        disabled={props.isDisabled}
        onChange={(event) => props.onChecked(event.target.checked)}
        className="mt-[3px] size-3.5"
      />
      <span>
        {props.label}
        {props.hint && <span className="block text-sm text-fg2">{props.hint}</span>}
      </span>
    </label>
  )
}
