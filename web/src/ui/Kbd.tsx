import { showKeys } from '~/lib/keys'

type KbdProps = {
  /** As the registry writes them: `J K`, `Ctrl+K`, `Alt+ArrowUp`. */
  keys: string
  /** Within a button it takes the button's ink. */
  isWithin?: boolean
}

/** A key, quiet: seen when it is looked for. Screen readers are told of keys by the shortcuts sheet. */
export function Kbd({ keys, isWithin = false }: KbdProps) {
  return (
    <kbd aria-hidden="true" className={`font-sans text-xs font-medium tracking-[0.01em] whitespace-nowrap max-sm:hidden ${isWithin ? 'ml-0.5 opacity-75' : 'text-fg2'}`}>
      {showKeys(keys)}
    </kbd>
  )
}
