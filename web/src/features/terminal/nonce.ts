/**
 * The page's policy admits a style element only with the nonce of its index.html. xterm makes such elements while a terminal opens
 * and when its renderer changes, and has no option for it.
 */
export function withNonce<T>(run: () => T): T {
  const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content
  if (!nonce) return run()
  document.createElement = new Proxy(document.createElement, {
    apply(target, self, args) {
      const element: unknown = Reflect.apply(target, self, args)
      if (element instanceof HTMLStyleElement) element.nonce = nonce
      return element
    },
  })
  try {
    return run()
  } finally {
    Reflect.deleteProperty(document, 'createElement')
  }
}
