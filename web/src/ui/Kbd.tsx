import { showKeys } from '~/lib/keys'

type KbdProps = {
  /** As the registry writes them: `J K`, `Ctrl+K`, `Alt+ArrowUp`. */
  keys: string
  /** Within a button it takes the button's ink. */
  isWithin?: boolean
  /** It is what was asked for: shown on phones and read aloud. */
  isAlways?: boolean
}

/** A key, quiet: seen when it is looked for. Screen readers find keys in the sheet of shortcuts. */
export function Kbd({ keys, isWithin = false, isAlways = false }: KbdProps) {
  return (
    <kbd aria-hidden={!isAlways} className={`font-sans text-xs font-medium tracking-[0.01em] whitespace-nowrap ${isAlways ? '' : 'max-sm:hidden'} ${isWithin ? 'ml-0.5 opacity-90 in-[.bg-solid]:font-normal in-[.bg-solid]:opacity-100' : 'text-fg2'}`}>
      {showKeys(keys)}
    </kbd>
  )
}
