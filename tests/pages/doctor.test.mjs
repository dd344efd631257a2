// The doctor: checks with their advice, CLIs with the command that helps, and what was left behind.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, named, phone, useStage } from '../../web/mock/harness.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()

test('what needs somebody stands first, with what to do about it', async (t) => {
  const { page } = await openPage(t, { path: '/doctor' })
  await page.getByText('1 warning in 19 checks').waitFor()
  const first = page.getByRole('list', { name: 'Checks' }).getByRole('listitem').first()
  await first.getByRole('img', { name: 'Warning' }).waitFor()
  await first.getByText('Raise fs.inotify.max_user_watches').waitFor()
})

test('the checks run again, and the report can be copied', async (t) => {
  const { page, world } = await openPage(t, { path: '/doctor' })
  await page.getByText('1 warning in 19 checks').waitFor()
  world.checks = [['git', 'ok', 'found']]
  await page.keyboard.press('r')
  await page.getByText('The check passed').waitFor()
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Copy details' }).click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^Muster 0\.1\.0, checked .*\nok {6}git: found$/)
})

test('more data than the settings allow says so, by kind with its setting', async (t) => {
  const world = seedWorld()
  const shares = [{ kind: 'messages', bytes: 7 * 2 ** 30, setting: 'retention.message_days' }, { kind: 'events', bytes: 2 ** 30 }]
  world.storage = { ...world.storage, isOverCap: true, shares }
  const { page } = await openPage(t, { world, path: '/doctor' })
  await page.getByText('more than the settings allow').waitFor()
  const first = page.getByRole('list', { name: 'What takes the space' }).getByRole('listitem').first()
  for (const text of ['7 GiB', 'retention.message_days']) await first.getByText(text).waitFor()
})

test('each CLI says what it lacks, with the command that helps', async (t) => {
  const { page } = await openPage(t, { path: '/doctor' })
  const clis = page.getByRole('list', { name: 'Agent CLIs' })
  await clis.getByText('npm install -g gemini').waitFor()
  await clis.getByText('opencode login').waitFor()
  await clis.getByText("chmod +x '/home/me/bin/codex'").waitFor()
  await clis.getByText("muster --home '/home/me/my data' agent check --adapter claude").waitFor()
})

test('what an earlier daemon left behind is listed', async (t) => {
  const world = seedWorld()
  const { id: worktreeId, workspaceId } = named(world.worktrees, 'docs')
  const agent = named(world.agents, 'tester')
  world.intents = [{ id: 'int_1', operation: 'delete_worktree', worktreeId, workspaceId, begunAt: world.now(), isInterrupted: true }]
  world.emit(agent, 'message', { messageId: 'msg_00000000000000000000000001', state: 'delivery_unknown', text: 'Run the tests once more' })
  world.holds = [{ launchId: 'lch_odd', isAlive: true, isKnown: false }]
  const { page } = await openPage(t, { world, path: '/doctor' })
  await page.getByRole('list', { name: 'Unfinished operations' }).getByText('delete_worktree in docs').waitFor()
  await page.getByText('Run the tests once more').waitFor()
  await page.getByText('alive, but the store does not know').waitFor()
  await page.getByRole('link', { name: 'Decide' }).click()
  await page.waitForURL(`**/a/${agent.id}`)
})

test('it can be read in both colours, on a phone, and at 320', async (t) => {
  const { page } = await openPage(t, { path: '/doctor', device: phone })
  await page.getByText('1 warning in 19 checks').waitFor()
  await checkAccess(page)
  await checkColours(page, 'dark')
  await checkWidth(page, 320)
  await checkStill(page)
})

test('checks that cannot run say so', async (t) => {
  const world = seedWorld()
  world.failing.add('get_doctor')
  const { page } = await openPage(t, { world, path: '/doctor' })
  await page.getByText('The checks could not be run').waitFor()
  world.failing.clear()
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('1 warning in 19 checks').waitFor()
})
