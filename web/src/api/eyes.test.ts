import { expect, test, vi } from 'vitest'
import { parsePicture, type EyePicture } from '~/api/eye-frames'
import { eyeOf } from '~/api/eye.fixture'
import { Eyes, widest, type EyeHandlers, type EyePictures } from '~/api/eyes'
import { frameKinds, parseTerminalFrame, terminalFrame } from '~/api/terminal-frames'
import { CallError } from '~/api/wire'

const topic = 'eye/eye_1'
const small: EyePictures = { maxWidth: 320, maxHeight: 180, quality: 70, hz: 1 }
const large: EyePictures = { maxWidth: 1280, maxHeight: 720, quality: 60, hz: 30 }
const error = new CallError(404, { code: 'NOT_FOUND', message: 'this eye was deleted' })

function setUp() {
  const asked: { id: string; more: object }[] = []
  const sent: { kind: number; sub: number; offset: number; bytes: Uint8Array }[] = []
  const unsubscribe = vi.fn<(topic: string) => void>()
  const eyes = new Eyes({
    subscribe(_topic, more) {
      const id = `s${asked.length + 1}`
      asked.push({ id, more })
      return id
    },
    unsubscribe,
    send(data) {
      const frame = parseTerminalFrame(data.buffer)
      if (frame) sent.push(frame)
    },
  })
  const confirm = (sub: number) => eyes.onMessage({ type: 'subscribed', id: asked.at(-1)?.id ?? '', topic, sub, eye: eyeOf() })
  const orders = () => sent.filter(({ kind }) => kind === frameKinds.control).map(({ bytes }): unknown => JSON.parse(new TextDecoder().decode(bytes)))
  return { eyes, asked, sent, unsubscribe, confirm, orders }
}

function viewer() {
  const said = new Array<string>()
  const drawn = new Array<{ frame: number; done: () => void }>()
  const handlers: EyeHandlers = {
    onRow: ({ state }) => said.push(state),
    onPicture: ({ frame }) => new Promise<void>((resolve) => drawn.push({ frame, done: resolve })),
    onLease: ({ isYours, holder }) => said.push(`lease ${isYours ? 'mine' : holder || 'nobody'}`),
    onRefused: (text) => said.push(`refused ${text}`),
    onLine: (isConnected) => said.push(isConnected ? 'connected' : 'broken'),
    onGone: ({ message }) => said.push(`gone ${message}`),
  }
  return { said, drawn, handlers }
}

/** As docs/live.md describes kind 5. */
function pictureFrame(sub: number, frame: number, jpeg = 'JPEG'): ArrayBuffer {
  const bytes = new Uint8Array(48 + jpeg.length)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(frame), true)
  view.setBigUint64(8, 7n, true)
  view.setBigUint64(16, 2n, true)
  view.setUint32(24, 640, true)
  view.setUint32(28, 480, true)
  view.setUint32(32, 4, true)
  view.setUint16(44, 320, true)
  view.setUint16(46, 240, true)
  bytes.set(new TextEncoder().encode(jpeg), 48)
  return terminalFrame(frameKinds.picture, sub, frame, bytes).buffer
}

test('a picture is read with the size of the output and its own', () => {
  const found = parsePicture(pictureFrame(9, 12))
  expect(found?.sub).toBe(9)
  expect(found?.picture).toEqual<EyePicture>({ frame: 12, step: 7, generation: 2, width: 640, height: 480, flags: 4, pictureWidth: 320, pictureHeight: 240, jpeg: new TextEncoder().encode('JPEG') })
  expect(parsePicture(terminalFrame(frameKinds.picture, 9, 1, new Uint8Array(47)).buffer)).toBeUndefined()
})

test('a picture is acknowledged when it was drawn, and not over another subscription', async () => {
  const { eyes, sent, confirm } = setUp()
  const { drawn, handlers } = viewer()
  eyes.watch('eye_1', handlers, small)
  confirm(3)
  eyes.onFrame(pictureFrame(3, 10))
  await Promise.resolve()
  expect(sent).toEqual([])
  drawn[0]?.done()
  await vi.waitFor(() => expect(sent.map(({ kind, sub, offset }) => [kind, sub, offset])).toEqual([[frameKinds.ack, 3, 10]]))
  eyes.onFrame(pictureFrame(3, 11))
  eyes.onBroken()
  eyes.subscribeAll()
  confirm(4)
  drawn[1]?.done()
  await Promise.resolve()
  await Promise.resolve()
  expect(sent).toHaveLength(1)
  eyes.onFrame(pictureFrame(3, 12))
  expect(drawn).toHaveLength(2)
})

test('all who watch an eye share one subscription, with the largest of what they want', () => {
  const { eyes, asked, confirm, orders, unsubscribe } = setUp()
  const [first, second] = [viewer(), viewer()]
  const one = eyes.watch('eye_1', first.handlers, small)
  confirm(3)
  const other = eyes.watch('eye_1', second.handlers, large)
  expect(asked).toHaveLength(1)
  expect(second.said).toEqual(['connected', 'running', 'lease nobody'])
  expect(orders()).toEqual([{ type: 'want', pictures: { maxWidth: 1280, maxHeight: 720, quality: 70, hz: 30 } }])
  other.close()
  expect(orders()[1]).toEqual({ type: 'want', pictures: small })
  expect(unsubscribe).not.toHaveBeenCalled()
  one.want(undefined)
  expect(orders()[2]).toEqual({ type: 'want' })
  one.close()
  expect(unsubscribe).toHaveBeenCalledWith(topic)
})

test('what is wanted before the confirmation is wanted after it', () => {
  const { eyes, asked, confirm, orders } = setUp()
  const watch = eyes.watch('eye_1', viewer().handlers)
  watch.want(small)
  expect([asked[0]?.more, orders()]).toEqual([{}, []])
  confirm(3)
  expect(orders()).toEqual([{ type: 'want', pictures: small }])
})

test('nothing is pressed without a connection, and who held the step does not any more', () => {
  const { eyes, sent, confirm } = setUp()
  const { said, handlers } = viewer()
  const watch = eyes.watch('eye_1', handlers, small)
  expect(watch.press([{ kind: 'key', code: 105, a: 1 }])).toBe(false)
  confirm(3)
  expect(watch.press([{ kind: 'key', code: 105, a: 1 }])).toBe(true)
  expect(sent[0]?.kind).toBe(frameKinds.input)
  expect([...(sent[0]?.bytes ?? [])]).toEqual([1, 0, 105, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  eyes.onMessage({ type: 'lease', topic, sub: 3, isYours: true, holder: 'me' })
  eyes.onMessage({ type: 'refused', topic, sub: 3, text: '`power` cannot be pressed here' })
  eyes.onBroken()
  expect(said).toEqual(['connected', 'running', 'lease mine', 'refused `power` cannot be pressed here', 'lease nobody', 'broken'])
  expect(watch.order({ type: 'give' })).toBe(false)
})

test('messages of an earlier subscription are dropped, and a deleted eye is gone', () => {
  const { eyes, asked, confirm } = setUp()
  const { said, handlers } = viewer()
  eyes.watch('eye_1', handlers)
  confirm(3)
  eyes.onMessage({ type: 'eye', topic, sub: 2, eye: eyeOf({ state: 'lost' }) })
  eyes.onMessage({ type: 'eye', topic, sub: 3, eye: eyeOf({ state: 'idle' }) })
  eyes.onRefused(asked[0]?.id ?? '', error)
  eyes.onMessage({ type: 'eye', topic, sub: 3, eye: eyeOf() })
  expect(said).toEqual(['connected', 'running', 'idle', 'gone this eye was deleted'])
})

test('nobody wants pictures: none are asked for', () => {
  expect(widest([undefined, undefined])).toBeUndefined()
  expect(widest([small, undefined])).toEqual(small)
})
