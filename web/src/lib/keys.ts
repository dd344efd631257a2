import { useEffect, useEffectEvent, type RefObject } from 'react'
import { isChecking } from '~/lib/checking'
import { chordOf, showKeys as show } from '~/lib/chords'
import { KeyRegistry, type Focus, type Found, type Kind, type KeyRow, type Scope } from '~/lib/key-registry'
import { layers, topLayer, topModal, useOwnLayer } from '~/lib/layers'
import { createStore, type Store } from '~/lib/store'

export type Key = KeyRow & { run: (event: KeyboardEvent) => void }
type Options = {
  /** Works only while the focus is in this part. */
  within?: RefObject<HTMLElement | null>
  isOn?: boolean
}

export const isMac = /^(Mac|iP)/.test(globalThis.navigator?.platform ?? '')

/** Where Alt types characters of its own, as on a Mac, keys with it belong to the text. */
export const hasAltKeys = !isMac

export const showKeys = (keys: string) => show(keys, isMac)

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input:not([type=radio],[type=checkbox],[type=button],[type=submit]), textarea, select, [contenteditable]') !== null
}

const controls = 'button, a[href], summary, input, [role=button], [role=link], [role=menuitem], [role=option], [role=tab], [role=switch]'

function kindOf(target: Element): Kind {
  if (target.closest('.xterm, [data-terminal]')) return 'terminal'
  if (isTyping(target) || target.matches('input[type=radio]')) return 'field'
  return target.matches(controls) ? 'control' : 'plain'
}

const registry = new KeyRegistry<Element>((outer, inner) => outer.contains(inner))

/** A native dialog that is no layer of ours keeps the keys below it still: no set belongs to it. */
const foreign = -1

function modalNow(): number | undefined {
  return topModal() ?? (document.querySelector('dialog:modal') ? foreign : undefined)
}

function focusOn(target: EventTarget | null): Focus<Element> {
  const part = target instanceof Element ? target : document.body
  return { part, kind: kindOf(part), layer: modalNow() }
}

export type ActiveKey = { scope: Scope; keys: string; label: string }

/** The keys of what has the focus now, the deepest first: what the status bar names. */
export const activeKeys: Store<readonly ActiveKey[]> = createStore<readonly ActiveKey[]>([])

/** All keys of the page as it stands, whether or not the focus is where they work. */
export function listKeys(): readonly ActiveKey[] {
  return registry.all(undefined).map(showRow)
}

/** The keys that work where the focus is now, to be run later: what the palette offers beside its own acts. */
export function keysHere(): readonly (ActiveKey & { run: () => void })[] {
  const found = registry.working(focusOn(document.activeElement)).filter(({ row }) => !row.canRepeat)
  return found.map((one) => ({ ...showRow(one), run: () => one.set.run(one.place, new KeyboardEvent('keydown')) }))
}

const showRow = ({ set, row }: Found<Element>): ActiveKey => ({ scope: set.scope, keys: row.keys, label: row.label })

function isSame(a: readonly ActiveKey[], b: readonly ActiveKey[]): boolean {
  return a.length === b.length && a.every((one, n) => one.keys === b[n]?.keys && one.label === b[n].label && one.scope === b[n].scope)
}

let isDue = false

/** Once for all that changed in one turn of the page. */
function update() {
  if (isDue) return
  isDue = true
  queueMicrotask(() => {
    isDue = false
    const now = registry.working(focusOn(document.activeElement)).filter(({ row }) => !row.isQuiet).map(showRow)
    if (!isSame(now, activeKeys.get())) activeKeys.set(now)
    if (isChecking) reportClashes()
  })
}

const reported = new Set<string>()

function reportClashes() {
  for (const clash of registry.clashes()) {
    if (!reported.has(clash)) console.error(`two keys clash in ${clash}`)
    reported.add(clash)
  }
}

function readPress(event: KeyboardEvent): string | undefined {
  if (isMac && event.altKey && event.key.length === 1) return undefined
  return chordOf(
    {
      key: event.key,
      code: event.code,
      ctrlKey: event.ctrlKey,
      altKey: event.altKey,
      shiftKey: event.shiftKey,
      metaKey: event.metaKey,
      isAltGraph: event.getModifierState('AltGraph'),
    },
    isMac,
  )
}

/** A character that is being composed: 229 is how browsers without `isComposing` say it. */
const isComposing = (event: KeyboardEvent) => event.isComposing || event.keyCode === 229

/** For a terminal, which takes all keys before the page: this one it should leave to the page. */
export function isKeyOfPage(event: KeyboardEvent): boolean {
  const chord = readPress(event)
  return chord !== undefined && registry.find([chord], focusOn(event.target)) !== undefined
}

function onKeyDown(event: KeyboardEvent) {
  const chord = readPress(event)
  if (event.defaultPrevented || chord === undefined) return
  const focus = focusOn(event.target)
  const stroke = { chord, at: event.timeStamp, isComposing: isComposing(event), isRepeat: event.repeat }
  const found = registry.press(stroke, focus)
  if (found) {
    event.preventDefault()
    found.set.run(found.place, event)
    return
  }
  const top = topLayer()
  if (chord !== 'Escape' || stroke.isComposing || stroke.isRepeat || !top || focus.layer === foreign) return
  event.preventDefault()
  top.close()
}

/** The one listener for keys. Called once, where the page starts. */
export function listenToKeys() {
  window.addEventListener('keydown', onKeyDown)
  window.addEventListener('focusin', update)
  window.addEventListener('focusout', update)
  layers.subscribe(update)
}

/** Bare letters on or off, as the person has set. */
export function setLetterKeys(isOn: boolean) {
  registry.hasLetters = isOn
  update()
}

/**
 * Keys of one scope while the component is mounted. Deeper scopes win; letters do not work while the person types unless a
 * key says so; below an open layer nothing works but the layer's own.
 */
export function useKeys(scope: Scope, keys: readonly Key[], { within, isOn = true }: Options = {}) {
  const layer = useOwnLayer()
  const run = useEffectEvent((place: number, event: KeyboardEvent) => keys[place]?.run(event))
  const rows = JSON.stringify(keys.map(({ run: _, ...row }) => row))
  useEffect(() => {
    if (!isOn) return undefined
    const remove = registry.add({
      scope,
      keys: readRows(rows),
      within: within && (() => within.current),
      layer,
      run: (place, event) => run(place, event),
    })
    update()
    return () => {
      remove()
      update()
    }
  }, [scope, rows, within, isOn, layer])
}

/** The rows are compared as text, so that an array that is made on each render registers once. */
function readRows(text: string): readonly KeyRow[] {
  const rows: KeyRow[] = JSON.parse(text)
  return rows
}
