import { type ClipboardEvent, useState } from 'react'
import { useDraft, type Draft } from '~/api/ui-state'
import { asFile, namedPicture, pastedText, plainText, sizeOfPaste } from '~/features/composer/paste'
import type { Attaching } from '~/features/composer/use-attachments'
import { toast } from '~/ui/toasts'

/**
 * Pictures become attachments; a long text is offered as one, and one that is too long for the field becomes one at once. A text stays
 * where it is, or is kept as a draft of its own, until its file is attached: a reload or a refusal loses nothing.
 */
export function usePaste(agentId: string, draft: Draft, { add, isUploading }: Attaching) {
  const [offered, setOffered] = useState<string>()
  const tooLong = useDraft(`paste/${agentId}`)
  const isTooLong = tooLong.text !== ''
  const inDraft = offered !== undefined && draft.text.includes(offered) ? offered : undefined
  const offer = isTooLong ? tooLong.text : inDraft
  function attachTooLong(text: string) {
    add([asFile(text)], () => {
      tooLong.cut(text)
      toast(pastedText(text))
    })
  }
  function onPaste(event: ClipboardEvent<HTMLTextAreaElement>) {
    const text = plainText(event.clipboardData.getData('text/plain'))
    const files = [...event.clipboardData.files]
    const size = sizeOfPaste(text)
    if (text === '' && files.length > 0) add(files.map((file) => namedPicture(file, new Date())))
    else if (size === 'file') {
      tooLong.set(tooLong.text + text)
      attachTooLong(text)
    } else {
      if (size === 'long') setOffered(text)
      return
    }
    event.preventDefault()
  }
  return {
    /** Not while files are on their way: it may be one of them. */
    offer: isUploading ? undefined : offer,
    isTooLong,
    onPaste,
    keep(then: () => void) {
      if (isTooLong) tooLong.set('')
      else setOffered(undefined)
      then()
    },
    attach(then: () => void) {
      if (isTooLong) attachTooLong(tooLong.text)
      else if (inDraft !== undefined) add([asFile(inDraft)], () => draft.cut(inDraft))
      then()
    },
  }
}
