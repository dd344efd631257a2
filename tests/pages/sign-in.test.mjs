// Sign-in: why, the command, a field for a link or the token, and back to where one was.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, phone, useStage } from '../../web/mock/harness.mjs'

const openPage = useStage()
const deep = '/settings/limits'
const back = (page) => page.getByRole('textbox', { name: 'Memory', exact: true })

test('a browser that is not signed in gets the command, and the token leads back to the deep link', async (t) => {
  const { page } = await openPage(t, { path: deep, hasCode: false })
  await page.getByRole('heading', { name: 'This browser is not signed in' }).waitFor()
  await page.getByText("muster --home '/home/me/my data' open", { exact: true }).waitFor()
  const field = page.getByRole('textbox', { name: 'Start link or token' })
  await field.fill('not-the-token')
  await field.press('Enter')
  await page.getByText('This is not the token of this daemon.').waitFor()
  assert.equal(await field.getAttribute('aria-invalid'), 'true')
  await field.fill('mock-token')
  await field.press('Enter')
  await back(page).waitFor()
  assert.equal(new URL(page.url()).pathname, deep)
})

test('a link can be pasted, once', async (t) => {
  const { page, mock } = await openPage(t, { path: deep, hasCode: false })
  const field = page.getByRole('textbox', { name: 'Start link or token' })
  await field.fill(`${mock.url}/signin#code=used-before`)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('This link was used already').waitFor()
  await field.fill(`${mock.url}/signin#code=mock-code`)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await back(page).waitFor()
})

test('a token that is refused in mid-work leads here and back, with what was typed', async (t) => {
  const { page, mock } = await openPage(t, { path: deep })
  await back(page).waitFor()
  mock.changeToken()
  await page.getByRole('heading', { name: 'The daemon refused this page' }).waitFor()
  mock.addCode('fresh')
  await page.getByRole('textbox', { name: 'Start link or token' }).fill(`${mock.url}/signin#code=fresh`)
  await page.keyboard.press('Enter')
  await back(page).waitFor()
  assert.equal(new URL(page.url()).pathname, deep)
})

test('another tab that signs in signs this one in, too', async (t) => {
  const { page, mock } = await openPage(t, { path: deep, hasCode: false })
  await page.getByRole('heading', { name: 'This browser is not signed in' }).waitFor()
  const other = await page.context().newPage()
  await other.goto(`${mock.url}/signin#code=mock-code`)
  await back(page).waitFor()
  await other.close()
})

test('it can be read in both colours, on a phone, and at 320', async (t) => {
  const { page } = await openPage(t, { path: deep, hasCode: false, device: phone })
  await page.getByRole('heading', { name: 'This browser is not signed in' }).waitFor()
  await checkAccess(page)
  await checkColours(page, 'dark')
  await checkWidth(page, 320)
  await checkStill(page)
})
