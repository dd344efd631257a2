import { createElement, lazy, type ComponentType, type LazyExoticComponent } from 'react'
import { connection } from '~/api/connection'

const failed = new Set<() => void>()

/** Whoever caught the failure of a part, or knows that it may be had now: it is loaded again when it is drawn next. */
export function renewParts() {
  for (const renew of failed) renew()
  failed.clear()
}

/**
 * A component whose code comes when it is drawn first. One that could not be had stays failed until somebody renews it: renewed by
 * itself, it would be loaded again and again and nobody would hear of it. `instead`: what is shown until then, where nobody may.
 */
export function lazyPart<P extends object>(load: () => Promise<ComponentType<P>>, instead?: ComponentType<P>): ComponentType<P> {
  let part = begin()
  function begin(): LazyExoticComponent<ComponentType<P>> {
    return lazy(async () => {
      try {
        return { default: await load() }
      } catch (error) {
        failed.add(() => {
          part = begin()
        })
        if (instead) return { default: instead }
        throw error
      }
    })
  }
  return (props: P) => createElement(part, props)
}

/** Called once, when the connection stands again. */
export function onceLive(run: () => void) {
  const leave = connection.subscribe(() => {
    if (connection.get().state !== 'live') return
    leave()
    renewParts()
    run()
  })
}
