import { locale } from '~/lib/locale'

const minute = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long' })
const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long' })
const year = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' })

const dayMs = 86_400_000

/** The days of the calendar between two moments, as the person's clock has them. */
export function daysBetween(from: number, to: number): number {
  const [a, b] = [new Date(from), new Date(to)]
  return Math.round((Date.UTC(b.getFullYear(), b.getMonth(), b.getDate()) - Date.UTC(a.getFullYear(), a.getMonth(), a.getDate())) / dayMs)
}

/** "07:52 today", "yesterday 16:02", "Friday 18:44", "26 August", "26 Aug 2025": as exact as it still matters. */
export function formatWhen(at: string, now: number): string {
  const time = Date.parse(at)
  if (Number.isNaN(time)) return ''
  const days = daysBetween(time, now)
  if (days <= 0) return `${minute.format(time)} today`
  if (days === 1) return `yesterday ${minute.format(time)}`
  if (days < 7) return `${weekday.format(time)} ${minute.format(time)}`
  return new Date(time).getFullYear() === new Date(now).getFullYear() ? day.format(time) : year.format(time)
}

/** "20 Feb 2027". */
export function formatDay(at: string | number): string {
  const time = typeof at === 'number' ? at : Date.parse(at)
  return Number.isNaN(time) ? '' : year.format(time)
}

export const addDays = (at: string, days: number): number => Date.parse(at) + days * dayMs
