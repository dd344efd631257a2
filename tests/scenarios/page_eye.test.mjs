// The page of Synthetic Eyes with the real daemon, the real muster-eye and our own game: a person finds what the machine has, starts
// a game, watches it, plays it, steps it, records and replays it, and sees within a second what was killed.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { checkAccess, checkColours, checkWidth } from '../../web/mock/checks.mjs'
import { launchBrowser } from '../harness/browser.mjs'
import { Daemon, makeFolder } from '../harness/daemon.mjs'
import { writeGames } from '../harness/eye.mjs'
import { writeFiles } from '../harness/repository.mjs'
import { DEADLINE_MS, until } from '../harness/wait.mjs'

const WITHIN_MS = 1000
/** For the browser to draw what it got, beside other tests. */
const DRAWN_MS = 500
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
/** The colours of tests/eye/catch.c, and what JPEG may make of them. */
const PADDLE = [64, 192, 255]
const FIELD = [16, 24, 48]
const TOLERANCE = 24

describe('the page of eyes', () => {
  let daemon, browser, folder
  before(async () => {
    folder = await makeFolder('page-eyes')
    await writeGames(path.join(folder, 'config'))
    await writeFiles(path.join(folder, 'config'), { 'muster/games/absent.yaml': 'name: Absent\ncommand: [muster-no-such-game]\npackage: no-such-game\n' })
    daemon = await Daemon.start({ env: { HOME: folder, XDG_CONFIG_HOME: path.join(folder, 'config'), XDG_DATA_DIRS: folder } })
    browser = await launchBrowser()
  })
  after(async () => {
    await browser.close()
    await daemon.remove()
  })

  async function openPage(t, address, device = { viewport: { width: 1440, height: 900 } }) {
    const context = await browser.newContext(device)
    t.after(() => context.close())
    const page = await context.newPage()
    page.setDefaultTimeout(DEADLINE_MS)
    const { url } = await daemon.want(200, 'POST', '/api/auth/codes')
    await page.goto(new URL(address + new URL(url).hash, url).href)
    return page
  }
  const start = (input) => daemon.want(201, 'POST', '/api/eyes', { game: 'catch', ...input })
  const show = ({ id }) => daemon.want(200, 'GET', `/api/eyes/${id}`)
  const stop = ({ id }) => daemon.want(200, 'POST', `/api/eyes/${id}/stop`)
  /** An eye with our game, and its page as a person finds it once there is a picture. */
  async function meet(t, input, device) {
    const eye = await start(input)
    t.after(() => daemon.api('POST', `/api/eyes/${eye.id}/stop`))
    const page = await openPage(t, `/eyes/${eye.id}`, device)
    await page.getByRole('heading', { name: eye.name, level: 1 }).waitFor()
    await until(async () => (await paddleOf(page)) !== undefined, 'the game is on screen')
    return { eye, page, head: page.getByRole('main').getByRole('banner').or(page.locator('main header')).first() }
  }
  const stage = (page) => page.getByRole('application')

  /** One row of the canvas, as [r, g, b] each. */
  const rowOf = (page, share) =>
    page.locator('main canvas').first().evaluate((canvas, at) => {
      const y = Math.min(canvas.height - 1, Math.floor(at * canvas.height))
      const { data } = canvas.getContext('2d').getImageData(0, y, canvas.width, 1)
      return Array.from({ length: canvas.width }, (_, x) => [data[4 * x], data[4 * x + 1], data[4 * x + 2]])
    }, share)
  const isLike = (pixel, colour) => pixel.every((value, at) => Math.abs(value - colour[at]) <= TOLERANCE)
  /** The column of the paddle's left end, of 12; undefined: the game is not on screen. */
  async function paddleOf(page) {
    const row = await rowOf(page, 0.97)
    const first = row.findIndex((pixel) => isLike(pixel, PADDLE))
    return first < 0 ? undefined : Math.round((12 * first) / row.length)
  }
  const pixelsOf = (page) => page.locator('main canvas').first().evaluate((canvas) => canvas.toDataURL())
  const numberIn = (text) => Number(text.replaceAll(',', ''))
  const stepsOf = async (page) => numberIn((await page.getByText(/^step [\d,]+/).innerText()).match(/[\d,]+/)[0])

  test('requirements are shown with what is used instead, and a game is started from the list', async (t) => {
    const page = await openPage(t, '/eyes')
    await page.getByText('No eye has been started yet').waitFor()
    const rows = page.getByRole('list', { name: 'Requirements' }).getByRole('listitem')
    await rows.filter({ hasText: 'Linux kernel' }).waitFor()
    const { requirements } = await daemon.want(200, 'GET', '/api/eyes/requirements')
    assert.equal(await rows.count(), requirements.length)
    for (const { name, ok, instead } of requirements) {
      const row = rows.filter({ has: page.getByText(name, { exact: true }) })
      const text = (await row.innerText()).toLowerCase()
      assert.equal(text.includes('needed:'), !ok, name)
      if (!ok) assert.ok(text.includes(instead.toLowerCase()), `${name}: ${text}`)
    }
    await checkAccess(page)
    await page.getByRole('button', { name: 'Start an eye' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Start an eye' })
    await dialog.getByText('not installed; on Debian: apt install no-such-game').waitFor()
    assert.ok(await dialog.getByRole('radio', { name: /Absent/ }).isDisabled())
    await dialog.getByText(/broken\.yaml: line 2/).waitFor()
    await dialog.getByRole('radio', { name: /Catch/ }).check()
    await dialog.getByLabel('Size', { exact: true }).selectOption('custom')
    await dialog.getByLabel('Width').fill('641')
    await dialog.getByLabel('Height').fill('480')
    await dialog.getByRole('button', { name: 'Start', exact: true }).click()
    await dialog.getByText('An even number from 16 to 3840.').waitFor()
    await dialog.getByLabel('Width').fill('640')
    await checkAccess(page)
    await dialog.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByRole('heading', { name: 'Catch', level: 1 }).waitFor()
    await page.getByText('640×480').first().waitFor()
    const [eye] = (await daemon.want(200, 'GET', '/api/eyes')).eyes
    assert.deepEqual([eye.gameId, eye.config.width, eye.config.height], ['catch', 640, 480])
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /Eyes/ }).waitFor()
    await stop(eye)
  })

  test('the picture is that of the game and goes on; the list shows it small', async (t) => {
    const { eye, page } = await meet(t)
    const [left] = await rowOf(page, 0.5)
    assert.ok(isLike(left, FIELD) || isLike(left, [240, 160, 32]), `the field is ${left}`)
    const before = await pixelsOf(page)
    await until(async () => (await pixelsOf(page)) !== before, 'the picture changes')
    await page.getByText(/of \d+(\.\d+)? frames a second/).waitFor()
    const { status } = await show(eye)
    await until(async () => numberIn(await page.getByText(/^frame [\d,]+/).locator('strong').innerText()) > status.frames, 'the number of the frame goes on')
    await page.getByRole('link', { name: 'Eyes' }).first().click()
    const card = page.getByRole('list', { name: 'Running eyes' }).getByRole('listitem').filter({ hasText: 'Catch' })
    await card.getByText('Running').waitFor()
    await card.getByText(/frames\/s/).waitFor()
    await card.getByText(/frames, 0 dropped, 0 resets/).waitFor()
    await until(async () => (await paddleOf(page)) !== undefined, 'the thumbnail shows the game')
    await checkAccess(page)
  })

  test('pixel-perfect, each pixel of the game is a whole number of the screen', async (t) => {
    const { page } = await meet(t)
    await page.getByRole('radio', { name: 'Pixel-perfect' }).click()
    const sizes = () => page.locator('main canvas').first().evaluate((canvas) => [canvas.width, canvas.getBoundingClientRect().width / canvas.width])
    await until(async () => JSON.stringify(await sizes()) === JSON.stringify([320, Math.floor((await sizes())[1])]), 'whole multiples of the whole picture')
    assert.ok((await sizes())[1] >= 2)
  })

  test('a person plays by keyboard, keys of the page rest meanwhile, and Esc twice is the way out', async (t) => {
    const { page } = await meet(t)
    await page.keyboard.press('ArrowLeft')
    await page.getByText('Your keys stay with this page.').waitFor()
    await page.getByRole('button', { name: 'Play', exact: true }).click()
    await page.getByText('Your keys and the pointer go to the game. Esc twice in a row stops playing.').waitFor()
    await page.keyboard.down('ArrowLeft')
    await until(async () => (await paddleOf(page)) === 0, 'the paddle is at the left')
    await page.keyboard.up('ArrowLeft')
    // Letters are the game's: neither the palette nor a page of `g h` opens.
    for (const key of ['g', 'h', '?', 'Control+k']) await page.keyboard.press(key)
    await page.keyboard.down('ArrowRight')
    await until(async () => (await paddleOf(page)) === 9, 'the paddle is at the right')
    await page.keyboard.up('ArrowRight')
    assert.equal(await page.getByRole('dialog').count(), 0)
    assert.match(page.url(), /\/eyes\/eye_/)
    await checkAccess(page)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Stop playing' }).waitFor()
    await page.keyboard.press('KeyA')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.getByText('Your keys stay with this page.').waitFor()
    await page.keyboard.press('ArrowLeft')
    assert.equal(await paddleOf(page), 9)
  })

  test('what is held when the person goes elsewhere is let go', async (t) => {
    const { page } = await meet(t)
    await page.getByRole('button', { name: 'Play', exact: true }).click()
    await page.keyboard.down('ArrowLeft')
    await until(async () => (await paddleOf(page)) === 0, 'the paddle is at the left')
    await page.getByRole('tab', { name: 'Setup' }).click()
    await page.getByText('Your keys stay with this page until you click the picture.').waitFor()
    await page.keyboard.up('ArrowLeft')
    await stage(page).click()
    await page.keyboard.down('ArrowRight')
    await until(async () => (await paddleOf(page)) === 9, 'the left key is not held any more')
    await page.keyboard.up('ArrowRight')
  })

  test('what is held by a browser that dies is let go, too', async (t) => {
    const { eye, page } = await meet(t)
    await page.getByRole('button', { name: 'Play', exact: true }).click()
    await page.keyboard.down('ArrowLeft')
    await until(async () => (await paddleOf(page)) === 0, 'the paddle is at the left')
    await page.context().close()
    const next = await openPage(t, `/eyes/${eye.id}`)
    await next.getByRole('button', { name: 'Play', exact: true }).click()
    await next.keyboard.down('ArrowRight')
    await until(async () => (await paddleOf(next)) === 9, 'the left key is not held any more')
  })

  test('a key that is denied is named', async (t) => {
    const { page } = await meet(t, { config: { deniedKeys: ['X'] } })
    await page.getByRole('button', { name: 'Play', exact: true }).click()
    await page.keyboard.press('x')
    await page.getByRole('alert').getByText('`x` cannot be pressed here').waitFor()
    await page.keyboard.press('y')
    await page.getByRole('alert').waitFor({ state: 'detached' })
  })

  test('time is held and stepped by hand', async (t) => {
    const { page } = await meet(t, { config: { lockstep: true, clock: 'virtual' } })
    await page.getByText('Nobody holds the step', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Hold time' }).click()
    await page.getByText('You hold the step').waitFor()
    await page.getByRole('button', { name: '10 steps' }).click()
    await until(async () => (await stepsOf(page)) >= 10, 'ten steps')
    const from = await stepsOf(page)
    await page.getByRole('button', { name: 'One step' }).click()
    await until(async () => (await stepsOf(page)) === from + 1, 'one more')
    await page.keyboard.press('t')
    await until(async () => (await stepsOf(page)) === from + 2, 'and one by its key')
    await page.getByRole('button', { name: 'Give the step back' }).click()
    await page.getByText('Nobody holds the step', { exact: true }).waitFor()
  })

  test('what was played is recorded, and a replay shows the same frames', async (t) => {
    const { eye, page } = await meet(t, { config: { lockstep: true, clock: 'virtual' } })
    await page.getByRole('button', { name: /^Record inputs|^Restart and record/ }).click()
    await page.getByText('Recording inputs').waitFor()
    await page.getByRole('button', { name: 'Play', exact: true }).click()
    await page.keyboard.down('ArrowRight')
    await until(async () => (await stepsOf(page)) > 60, 'a second is played')
    await page.keyboard.up('ArrowRight')
    await page.getByRole('button', { name: 'Stop and keep' }).click()
    await page.getByRole('tab', { name: /^Recordings/ }).click()
    const row = page.getByRole('list', { name: 'Recordings' }).getByRole('listitem')
    await row.getByText(/\d+ steps, /).waitFor()
    await page.getByRole('button', { name: 'Stop playing' }).click()
    await row.getByRole('button', { name: 'Restart and replay' }).click()
    await row.getByText(/Every frame was the same: \d+ of \d+ steps have the hash that was recorded\./).waitFor()
    await checkAccess(page)
    const [{ replayState, replaySteps, steps }] = (await daemon.want(200, 'GET', `/api/recordings?eyeId=${eye.id}`)).recordings
    assert.deepEqual([replayState, replaySteps], ['same', steps])
    await row.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByText('This cannot be undone.').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByText('Nothing was recorded yet.').waitFor()
  })

  test('an eye is filmed where an encoder is installed, and elsewhere the page says what to install', async (t) => {
    const { page } = await meet(t)
    const { requirements } = await daemon.want(200, 'GET', '/api/eyes/requirements')
    const film = page.getByRole('button', { name: 'Film', exact: true })
    if (!requirements.find(({ id }) => id === 'encoder').ok) {
      await page.getByText('Videos need ffmpeg; on Debian: apt install ffmpeg').waitFor()
      return assert.equal(await film.getAttribute('aria-disabled'), 'true')
    }
    await film.click()
    await page.getByText('Filming', { exact: true }).waitFor()
    const shown = page.getByText(/^frame [\d,]+/).locator('strong')
    const from = numberIn(await shown.innerText())
    await until(async () => numberIn(await shown.innerText()) > from + 30, 'some frames are filmed')
    await page.getByRole('button', { name: 'Stop filming' }).click()
    await page.getByRole('tab', { name: /^Recordings/ }).click()
    const row = page.getByRole('list', { name: 'Recordings' }).getByRole('listitem').filter({ hasText: 'Video' })
    await row.getByText(/[\d.]+ (B|KiB|MiB)/).waitFor()
    assert.equal(await row.getByRole('button', { name: 'Restart and replay' }).count(), 0)
  })

  test('the connection is tested, a benchmark says its figures, and the setup is changed', async (t) => {
    const { eye, page } = await meet(t, { config: { hz: 0 } })
    await page.getByRole('button', { name: 'Test connection' }).click()
    await page.getByText(/^It works: a frame of 320×240, connected in/).waitFor()
    await page.getByRole('button', { name: 'Benchmark' }).click()
    await page.getByText(/^[\d.,]+ frames a second: 300 in [\d.]+ s, in free run\.$/).waitFor()
    await page.getByRole('tab', { name: 'Setup' }).click()
    await page.getByRole('button', { name: 'Change…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Change Catch' })
    await dialog.getByLabel('Size', { exact: true }).selectOption('1280x720')
    await dialog.getByLabel('Buffers').selectOption('5')
    await dialog.getByRole('button', { name: 'Apply & Restart' }).click()
    await page.getByText('1280×720').first().waitFor()
    const { config } = await show(eye)
    assert.deepEqual([config.width, config.height, config.buffers, config.hz], [1280, 720, 5, 0])
  })

  test('an eye is stopped, started again and deleted', async (t) => {
    const { eye, page, head } = await meet(t)
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await head.getByText('Stopped').waitFor()
    await head.getByText('by you').waitFor()
    assert.equal((await show(eye)).state, 'stopped')
    // The last picture stays.
    assert.notEqual(await paddleOf(page), undefined)
    await page.getByRole('button', { name: 'Start again' }).click()
    await head.getByText('Running').waitFor()
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await head.getByText('by you').waitFor()
    await page.getByRole('button', { name: /^More about Catch/ }).click()
    await page.getByRole('menuitem', { name: 'Delete…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
    await page.waitForURL(/\/eyes$/)
    await daemon.want(404, 'GET', `/api/eyes/${eye.id}`)
  })

  test('the settings of a new eye are applied to those that run', async (t) => {
    const { eye } = await meet(t)
    const page = await openPage(t, '/settings/eyes')
    await page.getByText('ARGB8888').waitFor()
    await page.getByRole('radio', { name: '2560x1440' }).click()
    await page.getByText('Saved').first().waitFor()
    await checkAccess(page)
    await page.getByRole('button', { name: 'Apply & Restart' }).click()
    await until(async () => (await show(eye)).config.width === 2560, 'the eye has the size of the settings')
    await daemon.want(200, 'PUT', '/api/settings/eye.size', { value: '1280x720' })
  })

  test('on a phone everything is within the window, in both themes, and the keys of the screen play', async (t) => {
    const { page } = await meet(t, { config: { lockstep: true, clock: 'virtual' } }, phone)
    for (const pane of ['Recordings', 'Setup', 'Health']) {
      await page.getByRole('tab', { name: new RegExp(`^${pane}`) }).click()
      await checkWidth(page, 390)
      await checkWidth(page, 320)
    }
    await checkAccess(page)
    await checkColours(page, 'light')
    await checkColours(page, 'dark')
    const list = await openPage(t, '/eyes', phone)
    await list.getByText('Linux kernel').waitFor()
    await checkWidth(list, 320)
    await checkAccess(list)
  })

  describe('a kill is shown within a second', () => {
    const killed = (pid) => process.kill(pid, 'SIGKILL')

    async function soon(page, act, text) {
      const begin = performance.now()
      await act()
      await text.first().waitFor()
      const ms = Math.round(performance.now() - begin)
      assert.ok(ms < WITHIN_MS + DRAWN_MS, `${ms} ms`)
    }

    test('of the game', async (t) => {
      const { eye, page, head } = await meet(t)
      const { program } = await show(eye)
      await soon(page, () => killed(program.pid), head.getByText('the game has ended'))
      await page.getByText(/signal 9 ended the program/i).first().waitFor()
      await page.getByRole('button', { name: 'Start the game again' }).click()
      await head.getByText('Running').waitFor()
    })

    test('of the eye', async (t) => {
      const { eye, page, head } = await meet(t)
      const { sockets } = await show(eye)
      await soon(page, () => killed(sockets.pid), head.getByText('it was killed'))
      await page.getByRole('button', { name: 'Start again' }).waitFor()
    })

    test('of the hold', async (t) => {
      const { eye, page, head } = await meet(t)
      const { sockets } = await show(eye)
      const hold = Number((await readFile(`/proc/${sockets.pid}/stat`, 'utf8')).replace(/^.*\) \S+ (\d+) .*$/s, '$1'))
      await soon(page, () => killed(hold), head.getByText('its supervisor is gone'))
    })

    test('of Xwayland', async (t) => {
      const { eye, page } = await meet(t, { config: { route: 'x11' } })
      const { sockets } = await show(eye)
      const xwayland = await childOf(sockets.pid, 'Xwayland')
      await soon(page, () => killed(xwayland), page.getByRole('complementary', { name: 'About this eye' }).getByText(/Xwayland/).and(page.locator('.text-err, .text-err *')))
      assert.match((await show(eye)).lastError, /Xwayland/)
    })

    test('of the daemon, and the eye goes on', async (t) => {
      const { page } = await meet(t)
      await soon(page, () => daemon.kill(), page.getByText('not connected'))
      await daemon.restart({ args: ['--port', String(daemon.port)] })
      await page.getByRole('contentinfo').getByText('Live').waitFor()
      const before = await pixelsOf(page)
      await until(async () => (await pixelsOf(page)) !== before, 'the picture goes on')
    })
  })

  const childOf = async (pid, name) => {
    for (const child of (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean))
      if ((await readFile(`/proc/${child}/comm`, 'utf8')).trim() === name) return Number(child)
    throw new Error(`no ${name} below ${pid}`)
  }
})
