import { useRef } from 'react'
import { useKeys } from '~/lib/keys'

/** For the part that is returned: Escape goes back, Ctrl Enter answers. Enter alone breaks the line and never approves. */
export function useFormKeys(back: () => void, submit: () => void) {
  const part = useRef<HTMLDivElement>(null)
  useKeys(
    'item',
    [
      { keys: 'Escape', label: 'back', inFields: true, run: back },
      { keys: 'Ctrl+Enter', label: 'answer', inFields: true, run: submit },
    ],
    { within: part },
  )
  return part
}
