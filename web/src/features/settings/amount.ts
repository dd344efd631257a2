import type { SettingView } from '~/api/generated'
import { modes } from '~/lib/agent-words'
import { formatNumber } from '~/lib/format'

type Unit = { name: string; size: number }

/** The units in which a person may read and write a number, the daemon's own first. */
const larger: Readonly<Record<string, readonly Unit[]>> = {
  MiB: [
    { name: 'MiB', size: 1 },
    { name: 'GiB', size: 1024 },
    { name: 'TiB', size: 1024 * 1024 },
  ],
  s: [
    { name: 's', size: 1 },
    { name: 'min', size: 60 },
    { name: 'h', size: 3600 },
  ],
}

export type Amount = { number: number; unit: string | undefined }

/** In the largest unit in which it is a whole number: 8192 MiB are 8 GiB. */
export function amountOf(value: number, unit: string | undefined): Amount {
  const units = unit === undefined ? [] : (larger[unit] ?? [])
  const best = units.findLast(({ size }) => value > 0 && value % size === 0)
  return best ? { number: value / best.size, unit: best.name } : { number: value, unit }
}

/** What was typed, in the setting's own unit; without a unit it means the one that is shown. */
export function parseAmount(text: string, shown: string | undefined, own: string | undefined): number | undefined {
  const [, digits, word] = text.trim().match(/^(\d[\d,\s]*(?:\.\d+)?)\s*(\D*)$/) ?? []
  if (digits === undefined || word === undefined) return undefined
  const units = own === undefined ? [] : (larger[own] ?? [{ name: own, size: 1 }])
  const wanted = word.trim() === '' ? (shown ?? own) : word.trim()
  const unit = wanted === undefined ? { size: 1 } : units.find(({ name }) => name.toLowerCase() === wanted.toLowerCase())
  if (!unit) return undefined
  const value = Number(digits.replaceAll(/[,\s]/g, '')) * unit.size
  return Number.isSafeInteger(value) ? value : undefined
}

function amountText(value: number, unit: string | undefined): string {
  const amount = amountOf(value, unit)
  return amount.unit === undefined ? formatNumber(amount.number) : `${formatNumber(amount.number)} ${amount.unit}`
}

/** Why the number cannot be stored, as the daemon would say it. */
export function faultOf({ label, min, max, unit }: SettingView, value: number | undefined): string | undefined {
  if (value === undefined) return unit === undefined ? 'Type a whole number.' : `Type a whole number of ${unit}.`
  if (min !== undefined && value < min) return `${label} is at least ${amountText(min, unit)}.`
  if (max !== undefined && value > max) return `${label} is at most ${amountText(max, unit)}.`
  return undefined
}

/** One of the values of a setting as a person reads it. */
export function wordText(word: string): string {
  return modes.find(({ value }) => value === word)?.label ?? word.charAt(0).toUpperCase() + word.slice(1)
}

/** A value in a sentence: "8 GiB", "off", "Asks first", "2 lines". */
export function valueText(setting: SettingView, value: string): string {
  if (setting.kind === 'boolean') return value === 'true' ? 'on' : 'off'
  if (setting.kind === 'number') return amountText(Number(value), setting.unit)
  if (value === '') return 'empty'
  if (setting.words) return wordText(value)
  const lines = value.split('\n')
  return lines.length > 1 ? `${lines.length} lines` : value
}
