import { isObject } from '~/lib/json'
import { styleNonce } from '~/lib/trusted'

/**
 * The page's policy admits a style element only with the nonce of its index.html. xterm makes such elements while a terminal opens
 * and when its renderer changes, and has no option for it.
 */
export function withNonce<T>(run: () => T): T {
  const nonce = styleNonce()
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

function rowsOf(terminal: object): Record<string, unknown> | undefined {
  let found: unknown = terminal
  for (const name of wayToRows) found = isObject(found) ? found[name] : undefined
  return isObject(found) ? found : undefined
}

/**
 * Two things that xterm's rows cannot be asked for. No policy admits style attributes that are written as text, and xterm writes
 * colours of 24 bits and corrected contrasts so: as properties they are allowed. And of reversed text in the default colours it
 * compares the ground with itself, and makes it grey. A page test sees it if a newer xterm keeps its rows elsewhere.
 */
export function mendRows(terminal: object) {
  const rows = rowsOf(terminal)
  if (!rows) return
  rows['_addStyle'] = (element: HTMLElement, style: string) => {
    element.style.cssText += `${style};`
  }
  const apply = rows['_applyMinimumContrast']
  if (typeof apply !== 'function') return
  rows['_applyMinimumContrast'] = (element: unknown, ground: unknown, ink: unknown, ...rest: unknown[]) =>
    ground === ink ? false : Reflect.apply(apply, rows, [element, ground, ink, ...rest])
}
