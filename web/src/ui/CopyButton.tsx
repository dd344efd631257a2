import { useEffect, useState } from 'react'
import { IconButton } from '~/ui/Button'
import { toastError } from '~/ui/toasts'

const shownMs = 1_500

/** Copies, and says so in its own place. */
export function useCopy() {
  const [isDone, setDone] = useState(false)
  useEffect(() => {
    if (!isDone) return undefined
    const timer = setTimeout(() => setDone(false), shownMs)
    return () => clearTimeout(timer)
  }, [isDone])
  async function copy(text: string) {
    try {
      await navigator.clipboard.writeText(text)
      setDone(true)
    } catch {
      toastError(new Error('The browser did not allow copying. Select the text and copy it by hand.'))
    }
  }
  return { isDone, copy: (text: string) => void copy(text) }
}

type CopyButtonProps = { text: string; label: string }

export function CopyButton({ text, label }: CopyButtonProps) {
  const { isDone, copy } = useCopy()
  return <IconButton icon={isDone ? 'check' : 'copy'} label={isDone ? 'Copied' : label} isSmall onClick={() => copy(text)} />
}
