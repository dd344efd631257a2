// A page that something else serves on another loopback port: a browser makes it same-site with ours, and it knows the
// token and a start code. Still it reaches nothing.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { launchBrowser } from '../harness/browser.mjs'
import { Daemon } from '../harness/daemon.mjs'
import { DEADLINE_MS } from '../harness/wait.mjs'

describe('a page on another loopback port', () => {
  let daemon, server, browser, page
  const [posted, answers] = [[], []]

  before(async () => {
    daemon = await Daemon.start()
    server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>Other</title>'))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    browser = await launchBrowser()
    page = await browser.newPage()
    page.setDefaultTimeout(DEADLINE_MS)
    page.on('request', (request) => request.method() === 'POST' && posted.push(request.url()))
    // Of the page and its frames; what it opens as a window of its own is looked at where it is opened.
    page.on('response', (answer) => {
      if (answer.url().startsWith(daemon.origin)) answers.push({ url: answer.url(), status: answer.status() })
    })
    await page.goto(`http://127.0.0.1:${server.address().port}/`)
  })
  after(async () => {
    await browser.close()
    server.close()
    await daemon.remove()
  })

  const ours = () => ({ origin: daemon.origin, socket: `ws://127.0.0.1:${daemon.port}/ws`, token: daemon.token })

  /** Runs in the page with what it could know, and reports whatever got through. */
  const attempt = (act, more) => page.evaluate(act, { ...ours(), ...more })

  const freshCode = async () => new URL((await daemon.want(200, 'POST', '/api/auth/codes')).url).hash.replace('#code=', '')

  async function stillGood(code) {
    const redeemed = await daemon.want(200, 'POST', '/api/auth/code', { code }, { token: null })
    assert.equal(redeemed.token, daemon.token)
  }

  test('cannot read anything by fetch, whatever the mode', async () => {
    const got = await attempt(async ({ origin, token }) => {
      const tries = [
        [`${origin}/api/health`], [`${origin}/api/workspaces`, { headers: { authorization: `Bearer ${token}` } }],
        [`${origin}/`], [`${origin}/api/workspaces`, { credentials: 'include' }], [`${origin}/api/workspaces?access_token=${token}`],
        [`${origin}/api/health`, { mode: 'no-cors' }], [`${origin}/`, { mode: 'no-cors', credentials: 'include' }],
      ]
      const all = await Promise.allSettled(tries.map(([url, options]) => fetch(url, options)))
      return all.filter(({ status, value }) => status === 'fulfilled' && value.type !== 'opaque').map(({ value }) => value.url)
    })
    assert.deepEqual(got, [])
  })

  test('changes nothing by a post without a preflight, and uses no start code', async () => {
    const code = await freshCode()
    await attempt(async ({ origin, code }) => {
      const post = (route, body, type = 'text/plain') =>
        fetch(origin + route, { method: 'POST', mode: 'no-cors', headers: { 'content-type': type }, body })
      await Promise.allSettled([
        post('/api/auth/code', JSON.stringify({ code })), post('/api/auth/code', `code=${code}`, 'application/x-www-form-urlencoded'),
        post('/api/workspaces', '{"path":"/"}'), post('/api/demo', '{}'), fetch(`${origin}/api/auth/code`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code }) }),
      ])
      navigator.sendBeacon(`${origin}/api/auth/code`, JSON.stringify({ code }))
    }, { code })
    assert.deepEqual([...new Set(posted)].sort(), ['/api/auth/code', '/api/demo', '/api/workspaces'].map((route) => daemon.origin + route))
    await stillGood(code)
  })

  test('changes nothing by a form', async () => {
    const code = await freshCode()
    const opened = page.context().waitForEvent('page')
    await attempt(({ origin, code }) => {
      const form = Object.assign(document.createElement('form'), { method: 'POST', action: `${origin}/api/auth/code`, enctype: 'text/plain', target: '_blank' })
      form.append(Object.assign(document.createElement('input'), { name: '{"code":"' + code + '","x":"', value: '"}' }))
      document.body.append(form)
      form.submit()
    }, { code })
    const popup = await opened
    await popup.getByText('FORBIDDEN').waitFor()
    await popup.close()
    await stillGood(code)
  })

  test('cannot load a script, image, style or frame', async () => {
    const text = await (await fetch(daemon.origin)).text()
    const [asset, picture] = [/src="(\/[^"]+\.js)"/, /href="(\/[^"]+\.svg)"/].map((pattern) => pattern.exec(text)[1])
    const loaded = await page.evaluate(
      async ({ origin, asset, picture }) => {
        const load = (tag, fields) =>
          new Promise((resolve) => {
            const element = Object.assign(document.createElement(tag), fields)
            element.onload = () => resolve(tag)
            element.onerror = () => resolve(null)
            document.body.append(element)
          })
        const all = [
          load('script', { src: origin + asset }), load('script', { src: origin + asset, type: 'module' }), load('script', { src: `${origin}/api/health` }),
          load('img', { src: origin + picture }), load('img', { src: `${origin}/api/health` }),
          load('link', { rel: 'stylesheet', href: `${origin}/` }),
        ]
        return (await Promise.all(all)).filter(Boolean)
      },
      { origin: daemon.origin, asset, picture },
    )
    assert.deepEqual(loaded, [])
    const seen = await attempt(({ origin }) => {
      const frame = Object.assign(document.createElement('iframe'), { src: `${origin}/` })
      document.body.append(frame)
      return new Promise((resolve) => (frame.onload = () => resolve(frame.contentDocument === null)))
    })
    assert.equal(seen, true, 'the frame cannot be read')
    assert.deepEqual(page.frames().slice(1).map((frame) => frame.url()), ['chrome-error://chromewebdata/'])
  })

  test('cannot open a socket, with and without the subprotocol and the token', async () => {
    const open = await attempt(({ socket, token }) => {
      const tries = [undefined, ['muster.v1'], ['muster.v1', `bearer.${token}`], [`bearer.${token}`]]
      const one = (protocols) =>
        new Promise((resolve) => {
          const ws = new WebSocket(socket, protocols ?? [])
          ws.onopen = () => resolve(protocols ?? 'none')
          ws.onerror = () => resolve(null)
        })
      return Promise.all(tries.map(one)).then((all) => all.filter(Boolean))
    })
    assert.deepEqual(open, [])
  })

  test('has no access to our page when it opens it', async () => {
    const opened = page.context().waitForEvent('page')
    await attempt(({ origin }) => {
      window.other = window.open(`${origin}/`)
    })
    const popup = await opened
    await popup.waitForURL(`${daemon.origin}/**`)
    assert.equal(await popup.evaluate(() => window.opener), null)
    await page.waitForFunction(() => window.other.closed) // another browsing context group
    await popup.close()
  })

  test('got 403 wherever the browser reports the status, stored no cookie and changed nothing', async () => {
    assert.deepEqual(answers.filter(({ status }) => status !== 403), [])
    assert.ok(answers.length > 0)
    assert.deepEqual(await page.context().cookies(daemon.origin), [])
    assert.deepEqual((await daemon.want(200, 'GET', '/api/workspaces')).workspaces, [])
  })
})
