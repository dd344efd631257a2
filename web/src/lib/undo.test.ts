import { expect, test } from 'vitest'
import { acts, endAct, noteAct, undoable, undoAct } from '~/lib/undo'

test('an act is undone once', () => {
  let count = 0
  const id = noteAct('Archived critic', () => void count++)
  undoAct(id)
  undoAct(id)
  expect(count).toBe(1)
  expect(undoable(acts.get())).toEqual([])
})

test('an act that could not be undone can be tried again', async () => {
  const answers = [false, true]
  const id = noteAct('Landed one', () => Promise.resolve(answers.shift() ?? true))
  undoAct(id)
  expect(undoable(acts.get())).toEqual([])
  await Promise.resolve()
  expect(undoable(acts.get()).map((act) => act.id)).toEqual([id])
  undoAct(id)
  await Promise.resolve()
  expect(undoable(acts.get())).toEqual([])
})

test('an act that was taken back in another way is not offered', () => {
  let count = 0
  const id = noteAct('Landed two', () => void count++)
  endAct(id)
  undoAct(id)
  expect(count).toBe(0)
  expect(undoable(acts.get())).toEqual([])
})

test('the last twenty are kept, the newest first', () => {
  for (let n = 1; n <= 25; n++) noteAct(`act ${n}`, () => undefined)
  expect(acts.get()).toHaveLength(20)
  expect(acts.get()[0]?.text).toBe('act 25')
})
