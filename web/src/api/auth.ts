import { redeemCode } from '~/api/rest'

const tokenKey = 'muster.token'

/** Storage is bound to the origin, port included: a dev server on another port cannot read it, unlike a cookie. */
export function storedToken(): string | undefined {
  return localStorage.getItem(tokenKey) ?? undefined
}

/** The start URL's code stands in the fragment, which no server and no log ever sees. */
export function codeOf(hash: string): string | undefined {
  return new URLSearchParams(hash.replace(/^#/, '')).get('code') ?? undefined
}

/**
 * The page's token: from the start URL's code, which is wiped from the address and the history before it is used, or
 * from an earlier visit. A code that is spent or too old falls back to the token that is there.
 */
export async function obtainToken(): Promise<string | undefined> {
  const code = codeOf(window.location.hash)
  if (code === undefined) return storedToken()
  window.history.replaceState(null, '', window.location.pathname + window.location.search)
  try {
    const token = await redeemCode(code)
    localStorage.setItem(tokenKey, token)
    return token
  } catch {
    return storedToken()
  }
}
