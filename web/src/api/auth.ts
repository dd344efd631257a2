import { callRest, redeemCode } from '~/api/rest'
import { CallError } from '~/api/wire'
import { createStore } from '~/lib/store'

const tokenKey = 'muster.token'

/** Storage is bound to the origin, port included: a dev server on another port cannot read it, unlike a cookie. */
export function storedToken(): string | undefined {
  return localStorage.getItem(tokenKey) ?? undefined
}

/** The start URL's code is in the fragment, which no server and no log ever sees. */
export function codeOf(hash: string): string | undefined {
  return new URLSearchParams(hash.replace(/^#/, '')).get('code') ?? undefined
}

/** Why the last start link did not provide a token. */
export const failedLink = createStore<CallError | undefined>(undefined)

/** The link has already been used, or is too old. */
export function isSpent({ status }: CallError): boolean {
  return status === 401
}

/**
 * The page's token: from the start URL's code, which is wiped from the address and the history before it is used, or
 * from an earlier visit. If the code yields no token, the stored one is kept.
 */
export async function obtainToken(): Promise<string | undefined> {
  const code = codeOf(window.location.hash)
  if (code === undefined) return storedToken()
  window.history.replaceState(null, '', window.location.pathname + window.location.search)
  try {
    const token = await redeemCode(code)
    localStorage.setItem(tokenKey, token)
    failedLink.set(undefined)
    return token
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    failedLink.set(error)
    return storedToken()
  }
}

/** The code of a start link that was pasted as text. */
export function pastedCode(text: string): string | undefined {
  const at = text.indexOf('#')
  return at < 0 ? undefined : codeOf(text.slice(at))
}

/** Signs this browser in with what a person pasted: a start link, or the token. Throws why that did not work. */
export async function signInWith(text: string) {
  const pasted = text.trim()
  const code = pastedCode(pasted)
  if (code !== undefined) {
    localStorage.setItem(tokenKey, await redeemCode(code))
    return
  }
  await callRest('get_system', {}, pasted)
  localStorage.setItem(tokenKey, pasted)
}

/** Another tab of this browser has signed in. Returns how to stop. */
export function onSignedInElsewhere(run: () => void): () => void {
  const onStorage = ({ key, newValue }: StorageEvent) => key === tokenKey && newValue !== null && run()
  window.addEventListener('storage', onStorage)
  return () => window.removeEventListener('storage', onStorage)
}
