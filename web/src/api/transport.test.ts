import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { browserTransport } from '~/api/transport'

const link = { href: '', download: '', rel: '', click: vi.fn<() => void>(), remove: vi.fn<() => void>() }
const asked: { url: string; init: RequestInit }[] = []
let answer = new Response('{}')

beforeEach(() => {
  asked.length = 0
  vi.stubGlobal('WebSocket', { OPEN: 1 })
  vi.stubGlobal('window', { location: { href: 'http://127.0.0.1:3001/' } })
  vi.stubGlobal('document', { createElement: () => link, body: { append: () => {} } })
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    asked.push({ url, init })
    return Promise.resolve(answer)
  })
})

afterEach(() => vi.unstubAllGlobals())

const open = () => browserTransport('secret', () => {})

test('a download goes by a ticket, so that its address has no token', async () => {
  answer = Response.json({ ticket: 't', url: '/api/attachments/a?ticket=t', expiresAt: '' })
  await open().download('/api/attachments/a', 'log.txt')
  expect(asked.map(({ url, init }) => [url, init.body])).toEqual([['/api/tickets', '{"path":"/api/attachments/a"}']])
  expect([link.href, link.download]).toEqual(['/api/attachments/a?ticket=t', 'log.txt'])
  expect(link.click).toHaveBeenCalledTimes(1)
})

test('an image is fetched with the token, an error has the daemon’s words, and a file too large is not read', async () => {
  answer = new Response('png', { headers: { 'content-length': '3' } })
  expect(await (await open().fetchBlob('/api/attachments/a')).text()).toBe('png')
  expect(new Headers(asked[0]?.init.headers).get('authorization')).toBe('Bearer secret')
  answer = Response.json({ error: { code: 'NOT_FOUND', message: 'it is gone' } }, { status: 404 })
  await expect(open().fetchBlob('/api/attachments/a')).rejects.toMatchObject({ status: 404, message: 'it is gone' })
  answer = new Response('x', { headers: { 'content-length': String(2 ** 30) } })
  await expect(open().fetchBlob('/api/attachments/a')).rejects.toMatchObject({ status: 413 })
})
