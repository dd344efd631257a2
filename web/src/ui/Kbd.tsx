type KbdProps = {
  /** As the registry writes them: `J K`, `Ctrl+K`, `Alt+ArrowUp`. */
  keys: string
  /** Within a button it takes the button's ink. */
  isWithin?: boolean
}

const names: Record<string, string> = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc', Space: 'Space' }

/** `Ctrl+ArrowUp` as a person reads it: `Ctrl ↑`. */
export function keyText(keys: string): string {
  return keys
    .split(/[+ ]/)
    .map((key) => names[key] ?? (key.length === 1 ? key.toUpperCase() : key))
    .join(' ')
}

/** A key, quiet: seen when it is looked for. Screen readers are told of keys by the shortcuts sheet. */
export function Kbd({ keys, isWithin = false }: KbdProps) {
  return (
    <kbd aria-hidden="true" className={`font-sans text-xs font-medium tracking-[0.01em] whitespace-nowrap max-sm:hidden ${isWithin ? 'ml-0.5 opacity-75' : 'text-fg2'}`}>
      {keyText(keys)}
    </kbd>
  )
}
