// The page's Content-Security-Policy, as the daemon sends it (src/daemon/front.c); a scenario compares the two. `connect` and
// `script` are what a development server needs besides.
export function policyOf(nonce, { connect = [], script = [] } = {}) {
  return [
    "default-src 'none'",
    ["script-src 'self'", ...script].join(' '),
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    ["connect-src 'self'", ...connect].join(' '),
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types muster',
  ].join('; ')
}

/** The origins of a daemon that the page asks directly, by VITE_API_URL and VITE_WS_URL; without the latter its socket is at /ws. */
export function daemonOrigins(api, socket) {
  const ofSocket = socket ?? api
  const origins = [...(api ? [new URL(api).origin] : []), ...(ofSocket ? [new URL(ofSocket).origin.replace(/^http/, 'ws')] : [])]
  return [...new Set(origins)]
}

/** Where index.html has the nonce of its answer. */
export const placeOfNonce = '{{nonce}}'
