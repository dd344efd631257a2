import { codeOf, failedLink, isSpent, obtainToken } from '~/api/auth'
import { session } from '~/api/client'
import { connection } from '~/api/connection'
import { toast, toastError } from '~/ui/toasts'

function isSignedIn(): boolean {
  return session.get() !== undefined && connection.get().state !== 'refused'
}

/** A page that has its token already goes on with it, and says what became of the link. Without one, NoToken does. */
export function tellFailedLink() {
  const error = failedLink.get()
  if (!error || !isSignedIn()) return
  if (isSpent(error)) toast('This start link was used already or is too old. This page is signed in without it.')
  else toastError(error)
}

/** A page whose token changed begins again: nothing of what it read before is left. */
async function takeLink() {
  if (codeOf(window.location.hash) === undefined) return
  const before = isSignedIn() ? session.get()?.token : undefined
  const token = await obtainToken()
  if (failedLink.get()) tellFailedLink()
  else if (token === before) toast('This page is signed in.')
  else window.location.replace('/')
}

/** A start link that is pasted into the open page may change its fragment alone: nothing is loaded then. */
export function followLinks() {
  window.addEventListener('hashchange', () => void takeLink())
}
