import { isObject } from '~/lib/json'

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

/** Where xterm 6.0 keeps what makes the spans of a row. */
const wayToRows = ['_core', '_renderService', '_renderer', 'value', '_rowFactory'] as const

/**
 * No policy admits style attributes that are written as text, and xterm writes colours of 24 bits and corrected contrasts so. As
 * properties they are allowed. A page test sees it if a newer xterm keeps this elsewhere.
 */
export function styleByProperty(terminal: object) {
  let rows: unknown = terminal
  for (const name of wayToRows) rows = isObject(rows) ? rows[name] : undefined
  if (!isObject(rows)) return
  rows['_addStyle'] = (element: HTMLElement, style: string) => {
    element.style.cssText += `${style};`
  }
}
