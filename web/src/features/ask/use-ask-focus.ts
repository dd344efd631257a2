import { useState, type FocusEvent } from 'react'

/** Whether the focus is in the part: only then its keys act. */
export function useFocusWithin() {
  const [isWithin, setWithin] = useState(false)
  return {
    isWithin,
    onFocus: () => setWithin(true),
    onBlur: ({ currentTarget, relatedTarget }: FocusEvent) => setWithin(relatedTarget instanceof Node && currentTarget.contains(relatedTarget)),
  }
}
