import { expect, test } from 'vitest'
import { acts, noteAct, undoable, undoAct } from '~/lib/undo'

test('an act is undone once', () => {
  let count = 0
  const id = noteAct('Archived critic', () => count++)
  undoAct(id)
  undoAct(id)
  expect(count).toBe(1)
  expect(undoable(acts.get())).toEqual([])
})

test('an undo that fails can be tried again', async () => {
  let count = 0
  const refusals = [Promise.reject(new Error('The daemon does not answer')), Promise.resolve()]
  const id = noteAct('Archived critic', () => refusals[count++])
  undoAct(id)
  expect(undoable(acts.get()).map((act) => act.id)).not.toContain(id)
  await Promise.allSettled(refusals)
  expect(undoable(acts.get()).map((act) => act.id)).toContain(id)
  undoAct(id)
  await Promise.allSettled(refusals)
  expect(count).toBe(2)
  expect(undoable(acts.get()).map((act) => act.id)).not.toContain(id)
})

test('the last twenty are kept, the newest first', () => {
  for (let n = 1; n <= 25; n++) noteAct(`act ${n}`, () => undefined)
  expect(acts.get()).toHaveLength(20)
  expect(acts.get()[0]?.text).toBe('act 25')
})
