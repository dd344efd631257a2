// What a finger does on an agent's page: what it aims at is what it hits, and what has to be reached is in sight.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { named, paths, phone, useStage } from '../../web/mock/harness.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()

const long = Array.from({ length: 104 }, (_, at) => `echo line ${at + 1}`).join('\n')

async function openAsk(t, command = 'rm -rf build') {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  agent.pid = 99
  world.turns.set(agent.id, 'msg_of_the_turn')
  const ask = world.openAsk(agent, 'permission', 'Bash', 'make', { command })
  const { page } = await openPage(t, { world, path: paths.agent(world, 'tester'), device: phone })
  const card = page.getByRole('region', { name: /^Ask: / })
  await card.waitFor()
  // From now on the ask has not changed for long enough.
  await page.waitForTimeout(450)
  return { page, ask, card, words: page.getByRole('textbox', { name: /tester/ }) }
}

const middleOf = async (part) => {
  const { x, y, width, height } = await part.boundingBox()
  return [x + width / 2, y + height / 2]
}

/** A finger on the screen, as the browser hears of one. */
const tap = async (page, part) => page.touchscreen.tap(...(await middleOf(part)))

const acts = {
  'Allow once answers': [undefined, /^Allow once/, ({ card, ask }) => card.waitFor({ state: 'detached' }).then(() => assert.equal(ask.decision, 'allow'))],
  'Deny opens its form': [undefined, /^Deny…/, ({ card }) => card.getByRole('textbox', { name: /What should it do instead/ }).waitFor()],
  'Show all shows all': [long, /^Show all/, ({ card }) => card.getByRole('region', { name: 'Command' }).waitFor()],
}

for (const [name, [command, button, check]] of Object.entries(acts))
  for (const isWriting of [false, true])
    test(`the first tap on ${name}, ${isWriting ? 'while somebody writes' : 'with nothing in focus'}`, async (t) => {
      const opened = await openAsk(t, command)
      const { page, card, words } = opened
      if (isWriting) {
        await tap(page, words)
        await page.getByRole('button', { name: /mode and permissions/ }).waitFor()
      }
      const part = card.getByRole('button', { name: button })
      const before = await middleOf(part)
      // Wherever it is when the press begins, it is there when the press ends.
      await part.evaluate((node) => {
        window.moved = 0
        const top = node.getBoundingClientRect().top
        for (const kind of ['pointerdown', 'mousedown', 'mouseup', 'click'])
          window.addEventListener(kind, () => (window.moved += Math.abs(node.getBoundingClientRect().top - top)), { capture: true, once: true })
      })
      await page.touchscreen.tap(...before)
      await check(opened)
      assert.equal(await page.evaluate(() => window.moved), 0)
    })

test('how the agent works on folds once the finger has left the composer, and a menu of it can be used', async (t) => {
  const { page, words } = await openAsk(t)
  const options = page.getByRole('button', { name: /mode and permissions/ })
  assert.equal(await options.isVisible(), false)
  await tap(page, words)
  await options.waitFor()
  await tap(page, options)
  await page.getByRole('menuitemcheckbox').first().or(page.getByRole('menuitemradio').first()).or(page.getByRole('menuitem').first()).waitFor()
  await page.keyboard.press('Escape')
  await options.waitFor()
  await tap(page, page.getByRole('log', { name: 'Transcript' }))
  await options.waitFor({ state: 'hidden' })
})
