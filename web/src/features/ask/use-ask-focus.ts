import { useState, type FocusEvent } from 'react'

/**
 * Whether the focus is in the part and came by keyboard: then its keys are shown. A press of the mouse shows none, so that no
 * button moves between it and its click.
 */
export function useFocusWithin() {
  const [isWithin, setWithin] = useState(false)
  return {
    isWithin,
    onFocus: ({ target }: FocusEvent) => setWithin(target.matches(':focus-visible')),
    onBlur: ({ currentTarget, relatedTarget }: FocusEvent) => {
      if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) setWithin(false)
    },
  }
}
