import type { Eye, EyeSetupIn, EyeTime, Game } from '~/api/generated'
import type { CallError } from '~/api/wire'

/** The sizes that source 000 offers, and the names people know them by. */
export const sizes = [
  { width: 1280, height: 720, name: '720p' },
  { width: 1920, height: 1080, name: '1080p' },
  { width: 2560, height: 1440, name: '1440p' },
  { width: 3840, height: 2160, name: '4K' },
] as const

export const clocks = ['real', 'virtual', 'barrier'] as const satisfies readonly EyeTime[]

/** What a person chose for an eye. Empty texts are the game's own, or the settings'. */
export type Draft = {
  /** '': the test pattern. */
  game: string
  name: string
  /** own, custom, or "1280x720" */
  size: string
  width: string
  height: string
  lockstep: '' | 'yes' | 'no'
  clock: '' | EyeTime
  /** own, rate, or free: as fast as it draws */
  pace: 'own' | 'rate' | 'free'
  hz: string
  buffers: string
  socketPath: string
}

export const emptyDraft: Draft = {
  game: '', name: '', size: 'own', width: '', height: '', lockstep: '', clock: '', pace: 'own', hz: '60', buffers: '', socketPath: '',
}

function sizeOf({ size, width, height }: Draft): EyeSetupIn {
  if (size === 'own') return {}
  const [w, h] = size === 'custom' ? [width, height] : size.split('x')
  return { width: Number(w), height: Number(h) }
}

/** How an eye runs now, as a person would have chosen it. */
export function draftOf({ config, status }: Pick<Eye, 'config' | 'status'>): Draft {
  const { width, height } = status ?? config
  const isListed = sizes.some((one) => one.width === width && one.height === height)
  return {
    ...emptyDraft,
    size: isListed ? `${width}x${height}` : 'custom',
    width: String(width),
    height: String(height),
    lockstep: config.lockstep ? 'yes' : 'no',
    clock: config.clock,
    pace: config.hz === 0 ? 'free' : 'rate',
    hz: config.hz === 0 ? emptyDraft.hz : String(config.hz),
    buffers: String(config.buffers),
    socketPath: config.socketPath ?? '',
  }
}

/** What the daemon said of a field, without the path that leads to it. */
export function placedFaults(error: CallError | null): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(error?.details ?? {}).map(([name, texts]) => [name.replace(/^config\./, ''), texts[0]]))
}

/** What is sent: only what the person chose. */
export function configOf(draft: Draft): EyeSetupIn {
  const { lockstep, clock, pace, hz, buffers, socketPath } = draft
  return {
    ...sizeOf(draft),
    ...(lockstep !== '' && { lockstep: lockstep === 'yes' }),
    ...(clock !== '' && { clock }),
    ...(pace !== 'own' && { hz: pace === 'free' ? 0 : Number(hz) }),
    ...(buffers !== '' && { buffers: Number(buffers) }),
    ...(socketPath !== '' && { socketPath }),
  }
}

/** What is wrong with the numbers before the daemon is asked, by field. */
export function faultsOf({ size, width, height, pace, hz }: Draft): Record<string, string> {
  const isSide = (text: string, most: number) => size !== 'custom' || (isEven(text) && Number(text) >= 16 && Number(text) <= most)
  return {
    ...(!isSide(width, 3840) && { width: 'An even number from 16 to 3840.' }),
    ...(!isSide(height, 2160) && { height: 'An even number from 16 to 2160.' }),
    ...(pace === 'rate' && !isRate(hz) && { hz: 'A whole number from 1 to 1000.' }),
  }
}

const isEven = (text: string) => /^\d{1,4}$/.test(text) && Number(text) % 2 === 0
const isRate = (text: string) => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= 1000

/** "640×480, barrier clock, lockstep": what the game's manifest says, for what is left as its own. */
export function ownText({ manifest }: Game): string {
  if (!manifest) return ''
  const { width, height, clock, lockstep, hz, route } = manifest
  return [
    width !== undefined && height !== undefined && `${width}×${height}`,
    lockstep && 'lockstep',
    clock !== undefined && `${clock} clock`,
    hz !== undefined && `${hz} a second`,
    route === 'x11' && 'through Xwayland',
  ]
    .filter(Boolean)
    .join(', ')
}

/** What to do about a game that cannot be started. */
export function missingText({ isInstalled, manifest, problem }: Game): string {
  if (!isInstalled && manifest?.package !== undefined) return `not installed; on Debian: apt install ${manifest.package}`
  return problem ?? (isInstalled ? '' : 'its program was not found')
}

export const canStart = ({ isInstalled, problem, manifest }: Game) => isInstalled && problem === undefined && manifest !== undefined

/** Those whose name or id contains every word; what can be started first. */
export function foundGames(games: readonly Game[], text: string): readonly Game[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const found = games.filter(({ id, name }) => words.every((word) => `${name} ${id}`.toLowerCase().includes(word)))
  return found.toSorted((a, b) => Number(canStart(b)) - Number(canStart(a)))
}
