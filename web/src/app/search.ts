// The search parameters of each page: what is selected is in the address. What does not fit is left out, never an error.
import { recoveryKinds, type RecoveryKind } from '~/lib/recovery-kinds'

type Raw = Record<string, unknown>

const mostText = 400

function text(value: unknown): string | undefined {
  const found = typeof value === 'number' ? String(value) : value
  return typeof found === 'string' && found !== '' && found.length <= mostText ? found : undefined
}

function oneOf<T extends string>(words: readonly T[], value: unknown): T | undefined {
  return words.find((word) => word === value)
}

/** Without the keys that have no value, as the router wants it. */
function only<T extends object>(search: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(search).filter(([, value]) => value !== undefined)
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = {}
  return Object.assign(kept, Object.fromEntries(entries))
}

export const awayFigures = ['turns', 'files', 'answers', 'failures', 'landings', 'cost'] as const
/** away: of which figure Home shows who took part in it. */
export type HomeSearch = { away?: (typeof awayFigures)[number] }

export function home(raw: Raw): HomeSearch {
  return only({ away: oneOf(awayFigures, raw['away']) })
}

export const boardSorts = ['needs', 'free', 'status', 'name'] as const
export const boardViews = ['board', 'table'] as const
export type BoardSearch = { sort?: (typeof boardSorts)[number]; view?: (typeof boardViews)[number]; filter?: string }

export function board(raw: Raw): BoardSearch {
  return only({ sort: oneOf(boardSorts, raw['sort']), view: oneOf(boardViews, raw['view']), filter: text(raw['filter']) })
}

export const panes = ['diff', 'files', 'terminal', 'plan', 'usage', 'beside'] as const
export type PaneName = (typeof panes)[number]
export type AgentSearch = {
  pane?: PaneName | 'none'
  /** A moment of the past, as an ISO time. */
  at?: string
  msg?: string
  file?: string
  line?: string
  find?: string
  /** What the diff compares with: head, base, or a checkpoint's id. */
  against?: string
  terminal?: string
  /** The agent that is shown beside this one. */
  beside?: string
}

export function agent(raw: Raw): AgentSearch {
  return only({
    pane: oneOf([...panes, 'none'], raw['pane']),
    at: text(raw['at']),
    msg: text(raw['msg']),
    file: text(raw['file']),
    line: text(raw['line']),
    find: text(raw['find']),
    against: text(raw['against']),
    terminal: text(raw['terminal']),
    beside: text(raw['beside']),
  })
}

/** A moment of the past: `<launch id>:<offset>`. */
export type TerminalsSearch = { at?: string }

export function terminals(raw: Raw): TerminalsSearch {
  return only({ at: text(raw['at']) })
}

export type LandingSearch = { w?: string }

export function landing(raw: Raw): LandingSearch {
  return only({ w: text(raw['w']) })
}

/** Where in a diff one is. */
export type DiffSearch = { against?: string; file?: string; line?: string }

export function diff(raw: Raw): DiffSearch {
  return only({ against: text(raw['against']), file: text(raw['file']), line: text(raw['line']) })
}

export type SettingsSearch = { find?: string }

export function settings(raw: Raw): SettingsSearch {
  return only({ find: text(raw['find']) })
}

export const usagePeriods = ['daily', 'weekly', 'monthly'] as const
export type UsageSearch = { by?: (typeof usagePeriods)[number] }

export function usage(raw: Raw): UsageSearch {
  return only({ by: oneOf(usagePeriods, raw['by']) })
}

/** The workspace that was opened there. */
export type WelcomeSearch = { w?: string }

export function welcome(raw: Raw): WelcomeSearch {
  return only({ w: text(raw['w']) })
}

/** w, wt: the workspace and the worktree of the checkpoint `at`, which may be older than those that are listed. */
export type RecoverySearch = { at?: string; kind?: RecoveryKind; find?: string; w?: string; wt?: string }

export function recovery(raw: Raw): RecoverySearch {
  return only({ at: text(raw['at']), kind: oneOf(recoveryKinds, raw['kind']), find: text(raw['find']), w: text(raw['w']), wt: text(raw['wt']) })
}

export const inboxTabs = ['answered', 'rules'] as const
/** ask: the chosen ask, or an agent that failed. */
export type InboxSearch = { ask?: string; tab?: (typeof inboxTabs)[number] }

export function inbox(raw: Raw): InboxSearch {
  const ask = text(raw['ask'])
  return only({ ask: ask !== undefined && /^(ask|ag)_[0-9a-z]{26}$/.test(ask) ? ask : undefined, tab: oneOf(inboxTabs, raw['tab']) })
}

export const eyeViews = ['fit', 'exact'] as const
export const eyePanes = ['health', 'recordings', 'setup'] as const
/** view: how the picture is shown; pane: what is beside it. */
export type EyeSearch = { view?: (typeof eyeViews)[number]; pane?: (typeof eyePanes)[number] }

export function eye(raw: Raw): EyeSearch {
  return only({ view: oneOf(eyeViews, raw['view']), pane: oneOf(eyePanes, raw['pane']) })
}
