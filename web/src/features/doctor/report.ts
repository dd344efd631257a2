import type { DoctorReport, DoctorRow, DoctorState, Storage, StorageKind } from '~/api/generated'
import { formatBytes, plural } from '~/lib/format'
import { type Look } from '~/lib/status'

export const stateLooks: Record<DoctorState, { look: Look; word: string }> = {
  error: { look: 'error', word: 'Error' },
  warning: { look: 'waiting', word: 'Warning' },
  ok: { look: 'finished', word: 'OK' },
  skipped: { look: 'idle', word: 'Skipped' },
}

const order: readonly DoctorState[] = ['error', 'warning', 'ok', 'skipped']

/** What needs somebody first, otherwise in the order of the report. */
export function sortedChecks(checks: readonly DoctorRow[]): DoctorRow[] {
  return checks.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
}

/** "1 error and 2 warnings in 21 checks", "All 21 checks passed". */
export function summaryOf(checks: readonly DoctorRow[]): string {
  const count = (state: DoctorState) => checks.filter((check) => check.state === state).length
  const [errors, warnings, skipped] = [count('error'), count('warning'), count('skipped')]
  const found = [errors > 0 && plural(errors, 'error'), warnings > 0 && plural(warnings, 'warning')].filter((text) => text !== false)
  if (found.length > 0) return `${found.join(' and ')} in ${plural(checks.length, 'check')}`
  if (checks.length === 1 && skipped === 0) return 'The check passed'
  return skipped === 0 ? `All ${checks.length} checks passed` : `${plural(checks.length - skipped, 'check')} passed, ${skipped} skipped`
}

/** The report as text, to paste into an issue. */
export function detailsOf(version: string, { begunAt, checks }: DoctorReport): string {
  const rows = checks.map(({ state, title, detail, advice }) => `${state.padEnd(8)}${title}: ${detail}${advice === undefined ? '' : `\n        ${advice}`}`)
  return [`Muster ${version}, checked ${begunAt}`, ...rows].join('\n')
}

export const kindTexts: Record<StorageKind, string> = {
  events: 'Events',
  messages: 'Messages',
  asks: 'Asks',
  launches: 'Launches',
  scripts: 'Runs of scripts',
  usage: 'Usage',
  other: 'The rest of the store',
  logs: 'Logs of launches',
  attachments: 'Attachments',
  removed_records: 'Records of removed worktrees',
}

/** "1.2 GiB of 8 GiB in the store". */
export function storeText({ storeBytes, storeCapBytes }: Storage): string {
  return storeCapBytes === 0 ? `${formatBytes(storeBytes)} in the store, no limit` : `${formatBytes(storeBytes)} of ${formatBytes(storeCapBytes)} in the store`
}
