import { locale } from '~/lib/locale'

const units = [
  { seconds: 86_400, letter: 'd' },
  { seconds: 3_600, letter: 'h' },
  { seconds: 60, letter: 'm' },
] as const

/** "40 s", "3 m 20 s", "2 h 5 m", "4 d 3 h": at most two units, so that a status stays short. */
export function formatDuration(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000))
  for (const [i, unit] of units.entries()) {
    if (total < unit.seconds) continue
    const next = units[i + 1] ?? { seconds: 1, letter: 's' }
    const head = `${Math.floor(total / unit.seconds)} ${unit.letter}`
    const rest = Math.floor((total % unit.seconds) / next.seconds)
    return rest > 0 ? `${head} ${rest} ${next.letter}` : head
  }
  return `${total} s`
}

/** "18 s", "2 m", "1 h", "3 d": one unit, for the age of a row. */
export function formatAge(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000))
  const unit = units.find(({ seconds }) => total >= seconds)
  return unit ? `${Math.floor(total / unit.seconds)} ${unit.letter}` : `${total} s`
}

// The language of the page, and hours to 24, whatever the browser's own are.
const clockFormat = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
const minuteFormat = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const numberFormat = new Intl.NumberFormat(locale)
const fullFormat = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' })

export function formatClock(at: string): string {
  const time = Date.parse(at)
  return Number.isNaN(time) ? '' : clockFormat.format(time)
}

/** "08:27": the time of day as a transcript shows it. */
export function formatMinute(at: string | number): string {
  const time = typeof at === 'number' ? at : Date.parse(at)
  return Number.isNaN(time) ? '' : minuteFormat.format(time)
}

/** "20 Feb 2027, 18:44:05". */
export function formatFull(at: string): string {
  const time = Date.parse(at)
  return Number.isNaN(time) ? '' : fullFormat.format(time)
}

/** 1,284: every digit. */
export function formatNumber(n: number): string {
  return numberFormat.format(n)
}

/** 950, 12.4 k, 3.1 M: three digits at most. */
export function formatCount(n: number): string {
  if (n < 1000) return String(n)
  const [value, letter] = n < 999_500 ? [n / 1000, 'k'] : [n / 1_000_000, 'M']
  return `${value < 99.95 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)} ${letter}`
}

const sizes = ['KiB', 'MiB', 'GiB', 'TiB'] as const

/** 512 B, 4 KiB, 12.4 MiB: three digits at most. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 'B'
  for (const larger of sizes) {
    if (value < 999.5) break
    value /= 1024
    unit = larger
  }
  return `${value < 99.95 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)} ${unit}`
}

/** "$1.84"; of less than a cent only that it is not nothing. */
export function formatCost(usd: number): string {
  return usd > 0 && usd < 0.005 ? '<$0.01' : `$${usd.toFixed(2)}`
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}

/** A first word that is a path, an address or an identifier stays as it is written. */
const isName = /^\S*[/\\.~_:=\d]\S/

/** A message of the daemon as a sentence begins. */
export function sentence(text: string): string {
  if (isName.test(text)) return text
  return text.charAt(0).toUpperCase() + text.slice(1)
}
