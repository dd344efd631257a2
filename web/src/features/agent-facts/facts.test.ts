import { expect, test } from 'vitest'
import type { HoldEvidence, ProcessEvidence } from '~/api/generated'
import { asTree } from '~/features/agent-facts/tree'
import { causeText, holdText, waitText } from '~/features/agent-facts/words'

const process = (pid: number, parent: number): ProcessEvidence => ({ pid, parent, program: 'p', state: 'S', rssBytes: 0, cpuMs: 0, startedAt: '' })

test('a process stands one step in from its parent', () => {
  const rows = asTree([process(1, 0), process(2, 1), process(3, 2), process(4, 1)])
  expect(rows.map(({ depth }) => depth)).toEqual([0, 1, 2, 1])
})

test('what is unusual about a hold is said, and nothing else', () => {
  const hold: HoldEvidence = { state: 'linked', hasLock: true, inputs: 4, inputsAccepted: 4, inputsDelivered: 4 }
  expect(holdText(hold)).toBe('runs and answers')
  expect(holdText({ ...hold, isFull: true, inputsDelivered: 3 })).toBe('runs and answers; has stopped reading: the disk is full; has 1 of 4 inputs to deliver')
})

test('who says it and what it waits for', () => {
  expect(causeText({ source: 'protocol', status: 'waiting', reason: 'permission', what: 'ask', isAct: false, at: '' })).toBe('The CLI said that it waits for your permission')
  expect(causeText({ source: 'event', status: 'running', reason: 'working', what: 'state', isAct: false, at: '' })).toBe('Its output shows that it is working')
  expect(causeText({ source: 'supervisor', status: 'error', reason: 'suspended', what: 'suspended', isAct: true, at: '' })).toBe('Muster saw that a signal stopped its program')
  expect(causeText({ source: 'user', status: 'finished', reason: 'stopped', what: 'exit', isAct: false, at: '' })).toBe('You stopped it')
  expect(waitText({ kind: 'answer', reason: 'permission', detail: 'Bash' })).toBe('for your answer: permission for Bash')
})
