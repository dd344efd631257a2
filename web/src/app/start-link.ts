import { codeOf, failedLink, isSpent, obtainToken } from '~/api/auth'
import { session } from '~/api/client'
import { connection } from '~/api/connection'
import { toast, toastError } from '~/ui/toasts'

function isSignedIn(): boolean {
  return session.get() !== undefined && connection.get().state !== 'refused'
}

/** A page that already has its token keeps it and reports what happened to the link. Without a token, the sign-in page reports it. */
export function reportFailedLink() {
  const error = failedLink.get()
  if (!error || !isSignedIn()) return
  if (isSpent(error)) toast('This start link has already been used or is too old. This page is signed in without it.')
  else toastError(error)
}

/** A page whose token has changed starts over at its address and keeps nothing that it read before. */
async function takeLink() {
  if (codeOf(window.location.hash) === undefined) return
  const before = isSignedIn() ? session.get()?.token : undefined
  const token = await obtainToken()
  if (failedLink.get()) reportFailedLink()
  else if (token === before) toast('This page is signed in.')
  else window.location.reload()
}

/** A start link that is pasted into the open page may change only the fragment, in which case nothing is loaded. */
export function followLinks() {
  window.addEventListener('hashchange', () => void takeLink())
  // One may have been pasted before this was here.
  void takeLink()
}
