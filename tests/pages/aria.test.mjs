// What a screen reader finds on each main page: roles, names, states and their order, compared with tests/pages/aria/*.yml.
// A snapshot is no law: whoever changes a page reads the difference, and `UPDATE=1` writes the new one (RECIPES.md, "A page").
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { paths, useStage, wide } from '../../web/mock/harness.mjs'
import { addEyes } from '../../web/mock/ops_eyes.mjs'
import { setAsideSome } from '../../web/mock/ops_recovery.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'
import { until } from '../harness/wait.mjs'

const openPage = useStage()
const folder = path.join(import.meta.dirname, 'aria')
/** Within it a page that is slow becomes what was stored; a page that differs fails after it. */
const patienceMs = 8_000
const isRenewing = process.env.UPDATE === '1'

function recoveryWorld() {
  const world = seedWorld()
  setAsideSome(world)
  return world
}

function eyesWorld() {
  const world = seedWorld()
  addEyes(world)
  return world
}

const ofAgent = (name) => (world) => `${paths.agent(world, 'login doctor')}?pane=${name}`
const at = (address) => () => address
const main = 'main'
const pane = 'section[aria-label="Pane"]'

/** `ready`: what the page shows once all that it asked for has come. */
const pages = [
  { name: 'frame', place: at('/'), ready: 'login doctor', part: 'body' },
  { name: 'home', place: at('/'), ready: '529 Overloaded' },
  { name: 'board', place: at('/board'), ready: '1 untracked' },
  { name: 'inbox', place: at('/inbox'), ready: 'Allow once' },
  { name: 'agent-with-diff', place: ofAgent('diff'), ready: 'await burnTime(password)' },
  { name: 'pane-files', place: ofAgent('files'), ready: 'README.md', part: pane },
  { name: 'pane-terminal', place: ofAgent('terminal'), ready: 'No terminal', part: pane },
  { name: 'pane-plan', place: ofAgent('plan'), ready: 'Fix the comparison', part: pane },
  { name: 'pane-usage', place: ofAgent('usage'), ready: 'Tokens', part: pane },
  { name: 'review', place: (world) => paths.diff(world, 'fix-login'), ready: 'await burnTime(password)' },
  { name: 'recovery', place: at('/recovery'), world: recoveryWorld, ready: 'spike/lmdb' },
  { name: 'settings', place: at('/settings/general'), ready: 'This page' },
  { name: 'eyes', place: at('/eyes'), world: eyesWorld, ready: 'it was killed' },
  { name: 'eye', place: (world) => `/eyes/${[...world.eyes.keys()].at(-1)}`, world: eyesWorld, ready: 'Who gets frames' },
  { name: 'usage', place: at('/usage'), ready: 'By model' },
  { name: 'doctor', place: at('/doctor'), ready: 'muster-hold' },
  { name: 'welcome', place: at('/welcome'), ready: 'Claude Code' },
  { name: 'sign-in', place: at('/'), ready: 'This browser is not signed in', part: 'body', hasCode: false },
]

const month = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*'
const day = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*'
/** What differs from one run to the next, and the word that is stored in its place. */
const masks = [
  [/\b[a-z]+_[0-9a-z]{26}\b/g, 'ID'],
  [/127\.0\.0\.1:\d+/g, 'HOST'],
  [/\b\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z)?/g, 'DATE'],
  [new RegExp(`(?:\\b${day},? )?\\b(?:\\d{1,2}\\.? ${month}|${month} \\d{1,2})\\b(?:,? \\d{4})?`, 'g'), 'DATE'],
  [/\b\d{1,2}:\d{2}(?::\d{2})?(?: [AP]M)?/g, 'TIME'],
  [/\b(?:[Tt]oday|[Yy]esterday|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day),? TIME\b/g, 'DATE'],
  [/\bTIME (?:today|yesterday)\b/g, 'DATE'],
  [/\b\d+(?:\.\d+)? (?:s|m|h|d)\b(?: \d+ (?:s|m|h|d)\b)*/g, 'AGE'],
]

const masked = (text) => `${masks.reduce((now, [pattern, word]) => now.replace(pattern, word), text)}\n`
const fileOf = (name) => path.join(folder, `${name}.yml`)

/** Two that follow each other are the same: nothing more comes. */
async function still(read) {
  let last = await read()
  await until(async () => {
    const now = await read()
    const isSame = now === last
    last = now
    return isSame
  }, 'the page is still')
  return last
}

test('each snapshot is of a page', { skip: isRenewing }, async () => {
  assert.deepEqual((await readdir(folder)).sort(), pages.map(({ name }) => `${name}.yml`).sort())
})

for (const { name, place, ready, world: make = seedWorld, part = main, hasCode } of pages)
  test(`${name} is read as before`, async (t) => {
    const world = make()
    const { page } = await openPage(t, { world, path: place(world), device: wide, hasCode })
    await page.getByText(ready).locator('visible=true').first().waitFor()
    await page.waitForLoadState('networkidle')
    const read = async () => masked(await page.locator(part).ariaSnapshot())
    if (isRenewing) {
      await mkdir(folder, { recursive: true })
      return writeFile(fileOf(name), await still(read))
    }
    const wanted = await readFile(fileOf(name), 'utf8')
    let found = ''
    await until(async () => (found = await read()) === wanted, 'the page is read as before', patienceMs).catch(() => undefined)
    assert.equal(found, wanted, `tests/pages/aria/${name}.yml differs; if the change is wanted: UPDATE=1 node --test tests/pages/aria.test.mjs`)
  })
