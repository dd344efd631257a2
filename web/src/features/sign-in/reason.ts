import { isSpent } from '~/api/auth'
import { CallError } from '~/api/wire'
import { sentence } from '~/lib/format'

type Reason = { title: string; text: string }

/** Why the page is not signed in, in one sentence. */
export function reasonOf(wasRefused: boolean, link: CallError | undefined): Reason {
  if (link && isSpent(link)) return { title: 'This start link no longer works', text: 'It was used already, or it is older than 60 seconds.' }
  if (link) return { title: 'The start link did not work', text: sentence(link.message) }
  if (wasRefused) return { title: 'The daemon refused this page', text: 'Its token is not, or no longer, this daemon’s. What you typed is kept.' }
  return { title: 'This browser is not signed in', text: 'Muster only answers browsers that its user has signed in.' }
}

/** Why what was pasted did not work. */
export function pasteFault(error: Error, isLink: boolean): string {
  if (!(error instanceof CallError) || error.status !== 401) return sentence(error.message)
  return isLink ? 'This link was used already, or it is older than 60 seconds: take a new one.' : 'This is not the token of this daemon.'
}
