import { useCallback, useMemo, useSyncExternalStore } from 'react'
import { call, follow } from '~/api/client'
import { connection } from '~/api/connection'
import type { Cursor } from '~/api/generated'
import { bothPins, parsePins, pinsKey, printPins } from '~/api/pins'
import { mergePresence, presenceKey } from '~/api/presence'
import { bothReviews, reviewPrefix } from '~/api/review-ticks'
import { mergeSeen, seenKey } from '~/api/seen-marks'
import { bothSettled, settledKey } from '~/api/settled'
import { forgetStored } from '~/api/ui-forget'
import { storageMirror } from '~/api/ui-mirror'
import { UiSync, type Entry, type Refusal } from '~/api/ui-sync'
import { CallError } from '~/api/wire'
import { isObject, textAt } from '~/lib/json'

/** Of an agent's prompt, whose key names the agent; every other text is kept under a key of its own. */
const agentDraft = 'draft/'
const otherText = 'text/'
/** The attachments of a prompt that was not sent. */
const files = 'files/'
const drafts = [agentDraft, otherText, files]
const isDraft = (key: string) => drafts.some((prefix) => key.startsWith(prefix))

let areDraftsKept = true
let isFollowing = false

function refusalOf(error: unknown): Refusal {
  if (!(error instanceof CallError)) throw error
  if (error.status === 409) return 'conflict'
  if (error.status === 404) return 'gone'
  return error.status === 400 || error.status === 413 ? 'refused' : 'later'
}

function followNews(cursors: readonly Cursor[]) {
  const place = cursors.find(({ topic }) => topic.startsWith('person/'))
  if (!place || isFollowing) return
  isFollowing = true
  follow(place, {
    onEvent: (event) => event.type === 'person_state' && sync.onNews(event.payload.key, event.payload.digest ?? ''),
    onReset: () => sync.readAll(),
    // The next read tries again.
    onRefused: () => {
      isFollowing = false
    },
  })
}

const remote = {
  async get(key: string) {
    const { body, cursors } = await call('get_ui_state', { key })
    followNews(cursors)
    return body
  },
  async put(key: string, value: unknown, ifDigest: string) {
    return (await call('put_ui_state', { key, ifDigest, ...(value !== undefined && { value }) }, crypto.randomUUID())).body
  },
  refusalOf,
}

/** More pages of keys than the daemon keeps of a person. */
const mostPages = 100

const stored = {
  async keys(prefix: string) {
    const keys: string[] = []
    let after = ''
    for (let page = 0; page < mostPages; page++) {
      const { body } = await call('list_ui_states', { prefix, after, limit: 100 })
      keys.push(...body.states.map(({ key }) => key))
      if (body.next === undefined) break
      after = body.next
    }
    return keys
  },
  async remove(key: string) {
    await call('put_ui_state', { key }, crypto.randomUUID())
  },
  refusalOf,
}

/** Going on with a text replaces nothing. */
function isLostText(key: string, replaced: unknown, by: unknown): boolean {
  const before = textAt(replaced, 'text') ?? ''
  const after = textAt(by, 'text') ?? ''
  return isDraft(key) && before.trim() !== '' && after !== '' && !after.startsWith(before) && !before.startsWith(after)
}

/** Each word that is typed afterwards is refused for the same reason. */
const saidEveryMs = 5 * 60_000
let saidAt = -Infinity
let report: ((error: CallError) => void) | undefined

function sayUnkept(status: number, code: string, message: string) {
  if (performance.now() - saidAt < saidEveryMs) return
  saidAt = performance.now()
  report?.(new CallError(status, { code, message }))
}

function sayRefusal(error: unknown) {
  if (error instanceof CallError) sayUnkept(error.status, error.code, `This browser alone keeps what you typed: ${error.message}`)
}

const sayNoRoom = () => sayUnkept(0, 'NO_ROOM', 'A reload loses what you typed: this browser has no room for it.')

/** `say`: how the person learns that something of theirs is not stored. */
export function reportRefusals(say: (error: CallError) => void) {
  report = say
}

/** What changes on several devices at once, and is one value of the person. */
const merges: Readonly<Record<string, (ours: unknown, theirs: unknown) => unknown>> = {
  [seenKey]: mergeSeen,
  [presenceKey]: mergePresence,
  [pinsKey]: (ours, theirs) => printPins(bothPins(parsePins(ours), parsePins(theirs))),
  [settledKey]: bothSettled,
}
const mergeOf = (key: string) => (key.startsWith(reviewPrefix) ? bothReviews : merges[key])

const mirror = storageMirror(localStorage, sayNoRoom)
const isKept = (key: string) => areDraftsKept || !isDraft(key)
const sync = new UiSync(remote, mirror, {
  isKept,
  isLoss: isLostText,
  onRefused: (_key, error) => sayRefusal(error),
  merge: (key, ours, theirs) => mergeOf(key)?.(ours, theirs),
})

/** What was not stored when a page ended is stored by the next one. */
let isStarted = false
function start() {
  if (isStarted) return
  isStarted = true
  sync.resume(mirror.dirtyKeys())
  window.addEventListener('pagehide', () => sync.flush())
  document.addEventListener('visibilitychange', () => document.hidden && sync.flush())
  connection.subscribe(() => connection.get().state === 'live' && sync.flush())
}

function useEntry(key: string): Entry {
  const subscribe = useCallback(
    (listener: () => void) => {
      start()
      return sync.subscribe(key, listener)
    },
    [key],
  )
  return useSyncExternalStore(subscribe, () => sync.get(key))
}

/**
 * A value that belongs to the person and not to the device, under a key of letters, digits and / . _ : -. It is there at the first
 * paint from this browser's copy, works offline, and follows the other devices. `parse` gets whatever is stored, also undefined, and
 * should be one function, not a new one for each render.
 */
export function useUiState<T>(key: string, parse: (value: unknown) => T): readonly [T, (next: T) => void] {
  const { value } = useEntry(key)
  const set = useCallback((next: T) => sync.set(key, next), [key])
  return [useMemo(() => parse(value), [parse, value]), set]
}

/** The same value outside of a component. The listener is called when it has changed, also by another device. */
export function uiValue(key: string) {
  return {
    get: () => sync.get(key).value,
    set: (value: unknown) => sync.set(key, value),
    /** Resolves once it is what the daemon has now. */
    fresh: () => sync.fresh(key),
    watch(listener: () => void) {
      start()
      return sync.subscribe(key, listener)
    },
  }
}

/** Whether drafts survive a reload and reach other devices; if not, they stay on this page. */
export function keepDrafts(areKept: boolean) {
  if (areDraftsKept === areKept) return
  areDraftsKept = areKept
  sync.applyRules()
  if (!areKept) void forgetStored(stored, drafts, isKept)
}

function keyOf(name: string): string {
  return /^ag_[0-9a-z]{26}$/.test(name) ? agentDraft + name : otherText + name
}

const textOf = (key: string) => textAt(sync.get(key).value, 'text') ?? ''
const write = (key: string, text: string) => sync.set(key, text === '' ? undefined : { text })

/** It was sent. Text typed after it meanwhile, or in its place, stays; also another device's text, unless it was sent with it. */
function take(key: string, sent: string) {
  const { other } = sync.get(key)
  if (other && sent.includes((textAt(other.value, 'text') ?? '').trim())) sync.forgetOther(key)
  const now = textOf(key).trimStart()
  write(key, now.startsWith(sent) ? now.slice(sent.length).trimStart() : now)
}

export type Draft = {
  text: string
  set(text: string): void
  /** Removes what was sent. */
  take(sent: string): void
  /** Removes a part that became something else; all else stays, whatever was typed meanwhile. */
  cut(part: string): void
  /** Shows a text again, unless another one was begun meanwhile; whether it did. */
  restore(text: string): boolean
  /** Another device wrote at the same time: the newer text is shown, and this is the other one. */
  other: { text: string; isTheirs: boolean } | undefined
  /** Shows the other text instead. */
  undo(): void
  dismiss(): void
}

/**
 * Text that was typed and not sent yet: it survives a reload, a crash, a look at another page, and another device shows it. It is
 * cleared once it was sent, even if its field was removed or shown again by then. `name`: an agent's id, or any other place.
 */
export function useDraft(name: string): Draft {
  const key = keyOf(name)
  const { value, other } = useEntry(key)
  return useMemo(
    () => ({
      text: textAt(value, 'text') ?? '',
      set: (text) => write(key, text),
      take: (sent) => take(key, sent),
      cut: (part) => write(key, textOf(key).replace(part, () => '')),
      restore: (text) => {
        const isFree = textOf(key) === ''
        if (isFree) write(key, text)
        return isFree
      },
      other: other && { text: textAt(other.value, 'text') ?? '', isTheirs: other.isTheirs },
      undo: () => sync.takeOther(key),
      dismiss: () => sync.forgetOther(key),
    }),
    [key, value, other],
  )
}

/** As `useDraft`, of a form with more than one field. `parse` gets whatever is stored; a form that is undefined is removed. */
export function useFormDraft<T>(name: string, parse: (value: unknown) => T | undefined) {
  const key = keyOf(name)
  const [value, set] = useUiState(key, parse)
  return useMemo(
    () => ({
      value,
      /** Of what is there now, not of what was there when this was drawn. */
      change: (next: (now: T | undefined) => T | undefined) => set(next(parse(sync.get(key).value))),
      drop: () => set(undefined),
    }),
    [key, value, set, parse],
  )
}

function parseTexts(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return undefined
  return Object.fromEntries(Object.entries(value).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])))
}

/** As `useFormDraft`, of a form whose fields are all texts. What nobody changed stays as it is `first`, also when that is another one. */
export function useFormTexts<T extends Readonly<Record<string, string | undefined>>>(name: string, first: T) {
  const { value, change, drop } = useFormDraft(name, parseTexts)
  const set = (some: Partial<T>) => change((now) => parseTexts({ ...now, ...some }))
  const texts: T = { ...first, ...value }
  /** These were sent. What was typed in their place meanwhile stays. */
  const takeSent = (sent: Partial<T>) =>
    change((now) => {
      const left = Object.entries(now ?? {}).filter(([field, text]) => sent[field] !== text)
      return left.length > 0 ? Object.fromEntries(left) : undefined
    })
  return { texts, set, drop, take: takeSent }
}
