// Pictures of every page in both themes, wide and on a phone: `node mock/shots.mjs FOLDER`. Somebody must look at them.
import { chromium } from 'playwright-core'
import { startMock } from './serve.mjs'
import { emptyWorld, claude, seedWorld } from './seed.mjs'

const folder = process.argv[2] ?? 'shots'
const only = process.argv[3]
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const sizes = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } }

const world = seedWorld()
const named = (map, name) => [...map.values()].find((row) => row.name === name)
const harbor = named(world.workspaces, 'harbor')
const agent = (name) => `/w/${harbor.id}/a/${named(world.agents, name).id}`
const pages = {
  home: { path: '/' },
  workspace: { path: `/w/${harbor.id}` },
  agent: { path: agent('login doctor') },
  inbox: { path: '/inbox' },
  diff: { path: `/w/${harbor.id}/diff/${named(world.worktrees, 'fix-login').id}` },
  newAgent: { path: `/w/${harbor.id}`, act: (page) => page.getByRole('button', { name: 'Agent', exact: true }).first().click() },
  open: { path: '/', act: (page) => page.getByRole('button', { name: 'Open repository' }).click() },
  empty: { path: '/', isEmpty: true },
  noToken: { path: '/', isStranger: true },
}

const busy = await startMock({ world })
const empty = await startMock({ world: emptyWorld({ claude: { ...claude, found: false, login: 'logged_out' } }) })
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
for (const [size, viewport] of Object.entries(sizes))
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ viewport, colorScheme, deviceScaleFactor: size === 'phone' ? 2 : 1, hasTouch: size === 'phone', isMobile: size === 'phone' })
    for (const [name, { path, act, isEmpty, isStranger }] of Object.entries(pages)) {
      if (only && name !== only) continue
      const mock = isEmpty ? empty : busy
      const page = await context.newPage()
      page.on('console', (message) => message.type() === 'error' && console.log(name, message.text()))
      page.on('pageerror', (error) => console.log(name, 'page error', error.message))
      mock.addCode('shot')
      await page.goto(`${mock.url}${path}${isStranger ? '' : '#code=shot'}`)
      if (isStranger) await page.evaluate(() => localStorage.clear()).then(() => page.reload())
      await page.waitForLoadState('networkidle')
      await act?.(page)
      await page.waitForTimeout(250)
      await page.screenshot({ path: `${folder}/${name}-${size}-${colorScheme}.png` })
      await page.close()
    }
    await context.close()
  }
await browser.close()
await busy.close()
await empty.close()
