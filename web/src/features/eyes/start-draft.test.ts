import { describe, expect, test } from 'vitest'
import { eyeOf } from '~/api/eye.fixture'
import type { Game } from '~/api/generated'
import { canStart, configOf, draftOf, emptyDraft, faultsOf, foundGames, missingText, ownText } from '~/features/eyes/start-draft'

const gameOf = (more: Partial<Game> = {}): Game => ({ id: 'kobodeluxe', name: 'Kobo Deluxe', source: 'builtin', path: '/games/kobodeluxe.yaml', isInstalled: true, manifest: { name: 'Kobo Deluxe', command: ['kobodl'] }, ...more })

describe('what is sent', () => {
  test('is nothing that was left to the game', () => {
    expect(configOf(emptyDraft)).toEqual({})
  })

  test('is what was chosen', () => {
    expect(configOf({ ...emptyDraft, size: '2560x1440', lockstep: 'yes', clock: 'barrier', pace: 'rate', hz: '35', buffers: '4', socketPath: '/run/x' })).toEqual({
      width: 2560, height: 1440, lockstep: true, clock: 'barrier', hz: 35, buffers: 4, socketPath: '/run/x',
    })
    expect(configOf({ ...emptyDraft, size: 'custom', width: '642', height: '480', lockstep: 'no', pace: 'free' })).toEqual({ width: 642, height: 480, lockstep: false, hz: 0 })
  })

  test('of an eye that runs is as it runs', () => {
    const eye = eyeOf()
    expect(configOf(draftOf(eye))).toEqual({ width: 320, height: 240, lockstep: false, clock: 'real', hz: 60, buffers: 3 })
    expect(draftOf(eyeOf({ config: { ...eye.config, width: 1280, height: 720, hz: 0 } }))).toMatchObject({ size: '1280x720', pace: 'free' })
  })
})

test('numbers that the daemon would refuse are named before it is asked', () => {
  expect(faultsOf({ ...emptyDraft, size: 'custom', width: '641', height: '' })).toHaveProperty('width')
  expect(faultsOf({ ...emptyDraft, size: 'custom', width: '640', height: '2162' })).toEqual({ height: 'An even number from 16 to 2160.' })
  expect(faultsOf({ ...emptyDraft, pace: 'rate', hz: '0' })).toHaveProperty('hz')
  expect(faultsOf({ ...emptyDraft, width: '1', hz: 'x' })).toEqual({})
})

describe('a game', () => {
  test('that is missing says what to install', () => {
    const missing = gameOf({ isInstalled: false, manifest: { name: 'Kobo', command: ['kobodl'], package: 'kobodeluxe' } })
    expect([canStart(missing), missingText(missing)]).toEqual([false, 'not installed; on Debian: apt install kobodeluxe'])
    expect(missingText(gameOf({ isInstalled: false }))).toBe('its program was not found')
    expect(missingText(gameOf({ problem: 'broken.yaml: line 2' }))).toBe('broken.yaml: line 2')
  })

  test('says what its manifest asks for', () => {
    expect(ownText(gameOf({ manifest: { name: 'K', command: ['k'], width: 640, height: 480, clock: 'barrier', lockstep: true, route: 'x11' } }))).toBe('640×480, lockstep, barrier clock, through Xwayland')
  })

  test('is found by its words, those that can be started first', () => {
    const games = [gameOf({ id: 'kobo2', name: 'Kobo Two', isInstalled: false }), gameOf(), gameOf({ id: 'doom', name: 'Doom' })]
    expect(foundGames(games, 'kobo').map(({ id }) => id)).toEqual(['kobodeluxe', 'kobo2'])
    expect(foundGames(games, 'two kobo').map(({ id }) => id)).toEqual(['kobo2'])
  })
})
