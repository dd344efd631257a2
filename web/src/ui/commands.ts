import { useEffect, useEffectEvent } from 'react'
import { createStore } from '~/lib/store'
import type { IconName } from '~/ui/Icon'

/** An act of what is on screen, as the palette lists it. */
export type Command = {
  label: string
  /** What it is about, or what it keeps. */
  hint?: string
  icon?: IconName
  /** The key that does the same. */
  keys?: string
  /** The same on the command line, without `muster`. */
  same?: string
  /** Further words by which it is found. */
  words?: string
  run: () => void
}

export type CommandSet = { id: number; title: string; commands: readonly Command[] }

/** The acts of what is on screen; those of the innermost part, which came last, are first. */
export const commandSets = createStore<readonly CommandSet[]>([])
let next = 1

/**
 * Acts that the palette offers while the component is mounted, under a title: the name of the agent, "This page". They are
 * registered again when what is shown of them changes.
 */
export function useCommands(title: string, commands: readonly Command[], isOn = true) {
  const run = useEffectEvent((place: number) => commands[place]?.run())
  const shown = JSON.stringify(commands.map(({ run: _, ...rest }) => rest))
  useEffect(() => {
    if (!isOn) return undefined
    const id = next++
    const rows: Omit<Command, 'run'>[] = JSON.parse(shown)
    const set = { id, title, commands: rows.map((row, place) => ({ ...row, run: () => run(place) })) }
    commandSets.set((now) => [set, ...now])
    return () => commandSets.set((now) => now.filter((one) => one.id !== id))
  }, [title, shown, isOn])
}
