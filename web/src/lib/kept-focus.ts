import { isFocusFree, isTouch, noteStandIn } from '~/lib/focus'
import { topLayer } from '~/lib/layers'

/** What had the focus, from the inside out, each with its place among the children of the next. */
type Way = readonly { node: Element; place: number }[]

/** What may take the focus: no field for words, as the next key was meant for the page. */
const tabbable = 'a[href], button:enabled, input:is([type=checkbox], [type=radio], [type=range]):enabled, summary, [tabindex="0"]:not([contenteditable])'
/** Whoever took the place of what is gone has done so by then. */
const graceMs = 60

const none: Way = []
let way: Way = none
/** Where one was before a layer opened over it. */
let below: Way = none
/** The page that both are on. */
let pathname = ''

function wayTo(target: Element): Way {
  const found: { node: Element; place: number }[] = []
  for (let node: Element | null = target; node && node !== document.body; node = node.parentElement)
    found.push({ node, place: Array.prototype.indexOf.call(node.parentElement?.children ?? [], node) })
  return found
}

/** A menu, a dialog: when it closes, the focus belongs to what is below. */
const isOver = (target: Element) => target.closest('dialog, [role=menu], [role=listbox]') !== null

function onFocusIn({ target }: FocusEvent) {
  if (!(target instanceof Element) || target === document.body) return
  // Who points at things finds the next one with the pointer, and a menu that opens takes the focus itself.
  if (!target.matches(':focus-visible')) {
    way = below = none
    return
  }
  if (!isOver(target)) below = none
  else if (way[0] && !isOver(way[0].node)) below = way
  way = wayTo(target)
  ;({ pathname } = window.location)
}

/** Who presses a key goes on by keys, from what a pointer gave the focus to. */
function onKeyDown() {
  const { activeElement } = document
  if (way === none && activeElement && activeElement !== document.body) way = wayTo(activeElement)
  ;({ pathname } = window.location)
}

/** Takes the focus if it can, without moving what is read. */
function take(node: Element | undefined): boolean {
  if (!(node instanceof HTMLElement) || !node.checkVisibility()) return false
  node.focus({ preventScroll: true })
  return document.activeElement === node
}

const inside = (node: Element) => [...(node.matches(tabbable) ? [node] : []), ...node.querySelectorAll(tabbable)]

/** What follows that place, or else what is before it: where Tab would lead from what is gone. */
function takeNear(parent: Element, place: number): boolean {
  const children = [...parent.children]
  return children.slice(place).flatMap(inside).some(take) || children.slice(0, Math.max(0, place)).flatMap(inside).toReversed().some(take)
}

function restore([first, ...around]: Way): boolean {
  if (!first) return false
  if (take(first.node.isConnected ? first.node : undefined)) return true
  let place = first.place
  for (const { node, place: next } of around) {
    // A page that is gone has no neighbours: the one in its place begins at its own top.
    if (node.id === 'content' && !node.isConnected) return false
    if (node.isConnected && (takeNear(node, place) || take(node))) return true
    if (node.id === 'content' || node.localName === 'dialog') return false
    place = next
  }
  return false
}

function mend() {
  const [lost] = way
  // What is open without being a dialog gives the focus back when it closes.
  if (!lost || !isLost(lost.node) || (topLayer() && !document.querySelector('dialog:modal'))) return
  const from = isOver(lost.node) || below !== none ? [way, below] : [way]
  way = none
  // On another page nothing is next to what is gone: one begins at its top.
  if (pathname !== window.location.pathname || !from.some(restore)) take(document.getElementById('content') ?? undefined)
  noteStandIn(document.activeElement ?? undefined)
}

const isLost = (node: Element) => document.activeElement === document.body && (!node.isConnected || !node.checkVisibility())

/** What has the focus can be taken from the page: by its own act, by a person elsewhere, by the agent. What is next to it takes the focus then. */
export function keepFocus() {
  if (isTouch()) return
  window.addEventListener('focusin', onFocusIn)
  // Whoever presses the pointer beside everything means to leave it.
  window.addEventListener('pointerdown', () => (way = none), true)
  window.addEventListener('keydown', onKeyDown, true)
  for (const name of ['keydown', 'pointerdown']) window.addEventListener(name, () => noteStandIn(undefined), true)
  new MutationObserver(() => {
    if (way[0] && isLost(way[0].node)) setTimeout(mend, graceMs)
  }).observe(document.body, { childList: true, subtree: true })
}

/** Another page is shown: who had the focus on none of its parts begins at its top. */
export function focusPage() {
  setTimeout(() => !isTouch() && isFocusFree() && take(document.getElementById('content') ?? undefined), graceMs)
}
