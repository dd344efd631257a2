import { describe, expect, test } from 'vitest'
import { eyeOf, recordingOf } from '~/api/eye.fixture'
import { extentOf, formatMs, formatRate, said, setupText, verdictOf } from '~/features/eyes/words'
import { eyeStatus } from '~/lib/eye-status'

describe('the status of an eye', () => {
  test.each([
    [{ state: 'running', why: 'drawing' }, 'running', 'Running', ''],
    [{ state: 'waiting', why: 'no_stepper' }, 'held', 'Waiting', 'nobody holds the step'],
    [{ state: 'stalled', why: 'silent' }, 'waiting', 'Stalled', 'it reports nothing'],
    [{ state: 'exited', why: 'killed' }, 'error', 'Exited', 'it was killed'],
    [{ state: 'lost', why: 'hold_lost' }, 'error', 'Lost', 'its supervisor is gone'],
    [{ state: 'stopped', why: 'asked' }, 'stopped', 'Stopped', 'by you'],
    [{ state: 'exited', why: 'exited', exitCode: 3 }, 'error', 'Exited', 'code 3'],
    [{ state: 'exited', why: 'exited', exitCode: 0 }, 'finished', 'Exited', 'code 0'],
  ] as const)('%o', (more, look, word, reason) => {
    expect(eyeStatus(eyeOf(more))).toEqual({ look, word, reason })
  })

  test('a game that ended well is idle, and one that was killed has failed', () => {
    const looks = [{ code: 0 }, { code: 1 }, { signal: 9 }].map((end) => eyeStatus(eyeOf({ state: 'idle', why: 'program_exited', program: { event: 'exited', ...end } })).look)
    expect(looks).toEqual(['idle', 'error', 'error'])
  })
})

describe('what a replay showed', () => {
  test.each([
    [{}, undefined],
    [{ replayState: 'same', replaySteps: 1200, steps: 1200 }, 'Every frame was the same: 1,200 of 1,200 steps have the hash that was recorded.'],
    [{ replayState: 'differs', differsAt: 31 }, 'The frames differ from step 31 on; the 30 before were the same.'],
    [{ replayState: 'cut', replaySteps: 5, steps: 60, replayDetail: 'the eye ended' }, 'The replay ended after 5 of 60 steps: the eye ended.'],
  ] as const)('%o', (more, text) => {
    expect(verdictOf(recordingOf(more))?.text).toBe(text)
  })
})

test('figures have three digits at most', () => {
  expect([formatRate(0), formatRate(9.44), formatRate(59.7), formatRate(1376)]).toEqual(['0', '9.4', '60', '1,376'])
  expect([formatMs(54), formatMs(12_340), formatMs(250_000)]).toEqual(['0.05', '12.3', '250'])
})

test('how it runs is said in one line', () => {
  const { config } = eyeOf()
  expect(setupText(config)).toBe('free run, 60 a second')
  expect(setupText({ ...config, hz: 0 })).toBe('free run, as fast as it draws')
  expect(setupText({ ...config, lockstep: true, clock: 'barrier', hz: 35 })).toBe('lockstep, barrier clock of 35 Hz')
})

test('an extent leaves out what is not known', () => {
  expect(extentOf(recordingOf())).toBe('')
  expect(extentOf(recordingOf({ steps: 1, bytes: 2048 }))).toBe('1 step, 2 KiB')
  expect(extentOf(recordingOf({ steps: 12_000 }))).toBe('12,000 steps')
})

test('a sentence begins with a capital, but not with that of a file', () => {
  expect([said('the game ended'), said('muster-eye exited'), said('libmuster-clock.so is missing')]).toEqual(['The game ended', 'muster-eye exited', 'libmuster-clock.so is missing'])
})
