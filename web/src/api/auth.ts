import { redeemCode } from '~/api/rest'
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
