// One key, one act: whatever a writing operation answered under an Idempotency-Key it answers again, to whoever asks at the
// same time, later, over the other face, and after a restart: the same status, body and cursors.
import assert from 'node:assert/strict'
import test from 'node:test'
import { addressOf, bodyOf, callAnyhow, operationsByName, startAll, steps } from '../harness/operations.mjs'

/** What /ws sends as a list is in a header over REST. */
function listOf(cursors) {
  const rows = (cursors ?? '').split(', ').filter(Boolean)
  return rows.map((row) => row.split(';')).map(([topic, generation, seq]) => ({ topic, generation: Number(generation), seq: Number(seq) }))
}

async function overRest(c, op, input, key) {
  const { status, body, cursors } = await c.daemon.api(op.method, addressOf(op, input), bodyOf(op, input), { key })
  return { status, body: body === '' ? undefined : body, cursors: listOf(cursors) }
}

async function overSocket(c, op, input, key) {
  const { status, body, cursors } = await c.live.call(op.name, input, { key })
  return { status, body, cursors }
}

const waysOf = (op) => (op.overRest ? [overRest] : [overSocket, overRest])

async function again(c, { op, input, key, answer }, when) {
  for (const way of waysOf(op)) assert.deepEqual(await way(c, op, input, key), answer, `${op.name} ${when}, ${way.name}`)
}

async function actOnce(c, op, makeInput, keep) {
  const input = makeInput(c)
  const key = crypto.randomUUID()
  const answers = await Promise.all([...waysOf(op), ...waysOf(op)].map((way) => way(c, op, input, key)))
  const [answer] = answers
  assert.ok(answer.status >= 200 && answer.status < 300, JSON.stringify(answer))
  for (const other of answers) assert.deepEqual(other, answer, `${op.name} at the same time`)
  const done = { op, input, key, answer }
  await again(c, done, 'at once')
  await keep?.(c, answer.body)
  c.done.push(done)
}

test('every writing operation acts once under its key and answers the same', async (t) => {
  const operations = await operationsByName()
  const c = { ...(await startAll()), lastTurn: 0, done: [] }
  for (const [name, makeInput, keep] of steps) {
    const op = operations.get(name)
    await t.test(name, async () => {
      if (op.writes) return actOnce(c, op, makeInput, keep)
      const { status, body } = await callAnyhow(c, op, makeInput(c))
      assert.equal(status, 200)
      await keep?.(c, body)
    })
  }
  await t.test('also after everything has ended', async () => {
    for (const done of c.done) await again(c, done, 'at the end')
  })
  await t.test('also after a restart', async () => {
    c.live.ws.terminate()
    await c.daemon.stop()
    await c.daemon.restart()
    c.live = await c.daemon.connect()
    for (const done of c.done) await again(c, done, 'after a restart')
  })
  await t.test('and a key that was used for something else is refused', async () => {
    const [{ key }] = c.done
    const { status, body } = await c.live.call('update_setting', { name: 'max_context_warning', value: '50' }, { key })
    assert.deepEqual([status, body.error.code], [409, 'CONFLICT'])
  })
  c.live.ws.terminate()
  await c.daemon.remove()
  await c.model.stop()
})
