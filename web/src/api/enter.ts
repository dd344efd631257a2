import type { RefObject } from 'react'
import { useUiState } from '~/api/ui-state'
import { isTouch } from '~/lib/focus'
import { useKeys, type Key } from '~/lib/keys'

const isTrue = (value: unknown) => value === true

/** Whether Enter breaks the line and Shift Enter sends, on all devices of the person. */
export function useSwappedEnter() {
  return useUiState<boolean>('page/enter-breaks', isTrue)
}

/** The key that sends where words are written. */
export const enterKey = (isSwapped: boolean) => (isSwapped ? 'Shift+Enter' : 'Enter')

type Options = { scope: 'item' | 'overlay'; label: string; run: () => void }

/**
 * Enter in a field of several lines: as the person has set it, never on a touch screen, whose Enter is the only way to break a line,
 * and never one that ends a character being composed.
 */
export function useEnter(field: RefObject<HTMLElement | null>, { scope, label, run }: Options): { keys: string } {
  const [isSwapped] = useSwappedEnter()
  const keys = enterKey(isSwapped)
  const send: Key = { keys, label, isQuiet: true, inFields: true, run }
  useKeys(scope, [send], { within: field, isOn: !isTouch() })
  return { keys }
}
