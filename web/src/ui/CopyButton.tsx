import { useEffect, useState } from 'react'
import { visible } from '~/lib/visible'
import { IconButton } from '~/ui/Button'
import { toast, toastError } from '~/ui/toasts'

const shownMs = 1_500

const refused = new Error('The browser did not allow copying. Select the text and copy it by hand.')

/** Copies from a menu, whose own place is gone by then. `said`: what the page says when it is done. */
export async function copyText(text: string, said: string) {
  try {
    await navigator.clipboard.writeText(text)
    toast(said)
  } catch {
    toastError(new Error(`The browser did not allow copying: ${visible(text)}`))
  }
}

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
      toastError(refused)
    }
  }
  return { isDone, copy: (text: string) => void copy(text) }
}

type CopyButtonProps = { text: string; label?: string }

export function CopyButton({ text, label = 'Copy' }: CopyButtonProps) {
  const { isDone, copy } = useCopy()
  return <IconButton icon={isDone ? 'check' : 'copy'} label={isDone ? 'Copied' : label} isSmall onClick={() => copy(text)} />
}
