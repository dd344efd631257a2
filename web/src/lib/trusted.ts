// What the page's policy admits, and who may ask for it. Trusted Types are enforced: a string never becomes markup or a
// script, and the one policy, `muster`, makes nothing but the addresses of our own workers.

type Rules = { createScriptURL: (url: string) => string }
/** What a policy makes stands for a URL wherever a worker is started. */
type Policy = { createScriptURL: (url: string) => URL }

declare global {
  interface Window {
    /** Not in every browser yet; where it is missing, nothing enforces it. */
    readonly trustedTypes?: { createPolicy: (name: 'muster', rules: Rules) => Policy }
  }
}

/** A file of this page: while developing any of its own origin, later only what was built. */
export function isOwnScript(url: string, base: string, isBuilt = import.meta.env.PROD): boolean {
  if (!URL.canParse(url, base)) return false
  const { origin, pathname } = new URL(url, base)
  return origin === new URL(base).origin && (!isBuilt || /^\/assets\/[\w.-]+\.js$/.test(pathname))
}

function createScriptURL(url: string): string {
  if (!isOwnScript(url, window.location.href)) throw new TypeError(`${url} is not a script of this page`)
  return url
}

let policy: Policy | undefined

/** A policy can be created only once. */
function policyOfPage(): Policy | undefined {
  policy ??= window.trustedTypes?.createPolicy('muster', { createScriptURL })
  return policy
}

/** Starts a worker from a file of this page, as `import url from './x?worker&url'` names it. */
export function startWorker(url: string, name: string): Worker {
  return new Worker(policyOfPage()?.createScriptURL(url) ?? createScriptURL(url), { type: 'module', name })
}

/** For libraries that add a `<style>`: without this nonce the policy refuses it. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''
}
