// What an agent gets next: words, files, the queue, and what keeps them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, named, paths, phone, useStage } from '../../web/mock/harness.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()
const perKeyMs = 30

/** An agent between turns. */
async function openIdle(t, options = {}) {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  agent.pid = 99
  return openAgent(t, world, agent, options)
}

/** An agent in the middle of a turn. */
async function openBusy(t, options = {}) {
  const world = seedWorld()
  return openAgent(t, world, named(world.agents, 'indexer'), options)
}

async function openAgent(t, world, agent, options) {
  const opened = await openPage(t, { world, path: paths.agent(world, agent.name), ...options })
  const box = opened.page.getByRole('textbox', { name: `Message to ${agent.name}` })
  await box.waitFor()
  const dock = opened.page.getByRole('region', { name: 'Composer' })
  return { ...opened, agent, box, dock, queue: opened.page.getByRole('list', { name: 'Queued messages' }) }
}

async function queueUp({ box, queue }, ...texts) {
  for (const text of texts) {
    await box.fill(text)
    await box.press('Enter')
    await queue.getByText(text, { exact: true }).waitFor()
  }
}

const textsOf = (queue) => queue.locator('li span.truncate[title]').allTextContents()

async function until(check, wanted) {
  let got
  for (let n = 0; n < 200; n++) {
    got = await check()
    if (JSON.stringify(got) === JSON.stringify(wanted)) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.deepEqual(got, wanted)
}

test('what is typed at human speed arrives whole, and Shift Enter breaks the line', async (t) => {
  const { page, box, world, agent } = await openIdle(t)
  await box.pressSequentially('Read the log', { delay: perKeyMs })
  await box.press('Shift+Enter')
  await box.pressSequentially('then stop', { delay: perKeyMs })
  await box.press('Enter')
  await page.getByRole('log').getByText('Read the log').waitFor()
  const [sent] = world.streams.after(`agent/${agent.id}`, 0, 0).events.filter(({ type, payload }) => type === 'message' && payload.text)
  assert.equal(sent.payload.text, 'Read the log\nthen stop')
  await until(() => box.inputValue(), '')
})

test('Enter that ends a composed word sends nothing', async (t) => {
  const { page, box, mock } = await openIdle(t)
  const session = await page.context().newCDPSession(page)
  await box.focus()
  await session.send('Input.imeSetComposition', { text: 'にほ', selectionStart: 2, selectionEnd: 2 })
  await session.send('Input.dispatchKeyEvent', { type: 'keyDown', key: 'Process', code: 'Enter', windowsVirtualKeyCode: 229 })
  await session.send('Input.insertText', { text: '日本' })
  assert.equal(await box.inputValue(), '日本')
  assert.equal(mock.calls.includes('send_message_to_agent'), false)
  await box.press('Enter')
  await page.getByRole('log').getByText('日本').waitFor()
})

test('Enter can break the line instead, and then Shift Enter sends', async (t) => {
  const { page, box } = await openIdle(t)
  await page.getByRole('button', { name: 'Saved prompts and keys' }).click()
  await page.getByRole('menuitem', { name: /Let Enter break the line/ }).click()
  await box.fill('one')
  await box.press('Enter')
  await box.pressSequentially('two')
  assert.equal(await box.inputValue(), 'one\ntwo')
  await box.press('Shift+Enter')
  await page.getByRole('log').getByText('two').waitFor()
})

test('the first Escape arms, the second one interrupts the turn that was on screen', async (t) => {
  const opened = await openIdle(t)
  const { page, box, world, agent, dock } = opened
  await box.fill('@@long')
  await box.press('Enter')
  await page.getByText('Enter queues').waitFor()
  // The turn is known by its prompt once it was read.
  await page.waitForLoadState('networkidle')
  await box.press('Escape')
  await dock.getByText('Esc again interrupts').waitFor()
  assert.deepEqual(world.interrupted, [])
  await box.press('Escape')
  await page.getByText('Enter sends').waitFor()
  assert.deepEqual(world.interrupted, [world.turns.get(agent.id)])
})

test('Control Enter interrupts and sends', async (t) => {
  const { page, box, world, mock } = await openIdle(t)
  await box.fill('@@long')
  await box.press('Enter')
  await page.getByText('Enter queues').waitFor()
  await box.fill('Stop, do this')
  await box.press('Control+Enter')
  await page.getByRole('log').getByText('Stop, do this').waitFor()
  assert.equal(world.interrupted.length, 1)
  assert.equal(mock.calls.filter((op) => op === 'send_message_now').length, 1)
})

test('Control Enter where nothing runs is a plain send, also where the prompt is still on its way', async (t) => {
  const { page, box, dock, mock } = await openIdle(t)
  await page.route(/\/api\/agents\/[^/]+\/messages$/, async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    const response = await route.fetch()
    return route.fulfill({ response, json: { ...(await response.json()), status: 'queued' } })
  })
  await box.fill('Just send it')
  await box.press('Control+Enter')
  await page.getByRole('log').getByText('Just send it').waitFor()
  await page.waitForLoadState('networkidle')
  assert.equal(mock.calls.filter((op) => op === 'send_message_now').length, 0)
  assert.equal(await dock.getByRole('alert').count(), 0)
})

test('that an interrupt failed is said, and dismissed', async (t) => {
  const { page, box, world, dock } = await openIdle(t)
  await box.fill('@@long')
  await box.press('Enter')
  await page.getByText('Enter queues').waitFor()
  world.failing.add('send_message_now')
  await box.fill('Second')
  await box.press('Control+Enter')
  await dock.getByRole('alert').getByText(/^It is queued; the turn was not interrupted/).waitFor()
  await dock.getByRole('button', { name: 'Dismiss' }).click()
  await dock.getByRole('alert').waitFor({ state: 'detached' })
})

test('trying Control Enter again interrupts as well', async (t) => {
  const { page, box, world, dock } = await openIdle(t)
  await box.fill('@@long')
  await box.press('Enter')
  await page.getByText('Enter queues').waitFor()
  world.failing.add('send_message_to_agent')
  await box.fill('Stop, do this')
  await box.press('Control+Enter')
  await dock.getByRole('alert').getByText('Not sent: The store could not be read.').waitFor()
  world.failing.delete('send_message_to_agent')
  await dock.getByRole('button', { name: 'Try again' }).click()
  await until(() => world.interrupted.length, 1)
})

test('a message that is not sent stays with the reason, and trying again sends it once', async (t) => {
  const { page, box, world, dock } = await openIdle(t)
  world.failing.add('send_message_to_agent')
  await box.fill('Important words')
  await box.press('Enter')
  await dock.getByRole('alert').getByText('Not sent: The store could not be read.').waitFor()
  assert.equal(await box.inputValue(), 'Important words')
  world.failing.delete('send_message_to_agent')
  await dock.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('log').getByText('Important words').waitFor()
  await until(() => box.inputValue(), '')
})

test('a stopped agent says that sending resumes it', async (t) => {
  const world = seedWorld()
  const { page, box } = await openAgent(t, world, named(world.agents, 'tester'), {})
  named(world.agents, 'tester').statusReason = 'stopped'
  await page.reload()
  await page.getByText('Enter resumes the agent').waitFor()
  await box.fill('Go on')
  await box.press('Enter')
  await page.getByRole('log').getByText('Go on').waitFor()
})

test('the queue says why it waits, and its prompts are edited, moved, sent now and dropped', async (t) => {
  const opened = await openBusy(t)
  const { page, queue, agent, world, box } = opened
  await queueUp(opened, 'one', 'two', 'three')
  await queue.getByText('waits until the turn ends').waitFor()
  await queue.getByRole('button', { name: 'Edit' }).nth(1).click()
  const edit = queue.getByRole('textbox', { name: 'Queued prompt' })
  await edit.fill('two, changed')
  await edit.press('Enter')
  await until(() => textsOf(queue), ['one', 'two, changed', 'three'])
  await queue.getByRole('button', { name: 'Queued prompt 3' }).press('Alt+ArrowUp')
  await until(() => textsOf(queue), ['one', 'three', 'two, changed'])
  const toast = page.getByRole('status').locator('div').filter({ hasText: 'Moved to place 2 of 3' }).last()
  await toast.getByRole('button', { name: /^Undo/ }).click()
  await until(() => textsOf(queue), ['one', 'two, changed', 'three'])
  await queue.getByRole('button', { name: 'Queued prompt 3' }).press('Alt+ArrowUp')
  await until(() => textsOf(queue), ['one', 'three', 'two, changed'])
  await queue.getByRole('button', { name: 'Send now' }).nth(2).click()
  await until(() => textsOf(queue), ['two, changed', 'one', 'three'])
  await queue.getByRole('button', { name: 'Drop' }).nth(1).click()
  await until(() => textsOf(queue), ['two, changed', 'three'])
  assert.equal(await box.evaluate((node) => node === document.activeElement), true)
  await page.getByRole('status').getByRole('button', { name: /^Undo/ }).last().click()
  await until(() => textsOf(queue), ['two, changed', 'one', 'three'])
  assert.deepEqual(agent.queue.map(({ text }) => text), ['two, changed', 'one', 'three'])
  assert.ok(world)
})

test('a prompt of the queue is dragged to another place, and back by Undo', async (t) => {
  const opened = await openBusy(t)
  const { page, queue } = opened
  await queueUp(opened, 'one', 'two', 'three')
  await queue.getByText('three', { exact: true }).dragTo(queue.getByText('one', { exact: true }))
  await until(() => textsOf(queue), ['three', 'one', 'two'])
  await page.getByRole('status').getByRole('button', { name: /^Undo/ }).last().click()
  await until(() => textsOf(queue), ['one', 'two', 'three'])
})

test('what is typed while the edit of a queued prompt is saved stays in its editor', async (t) => {
  const opened = await openBusy(t)
  const { queue, agent, world } = opened
  await queueUp(opened, 'one')
  await queue.getByRole('button', { name: 'Edit' }).click()
  const edit = queue.getByRole('textbox', { name: 'Queued prompt' })
  await edit.fill('one, changed')
  world.slownessMs.update_message = 500
  await edit.press('Enter')
  await edit.pressSequentially(' again')
  await queue.getByRole('button', { name: 'Save' }).and(queue.locator(':not([aria-disabled])')).waitFor()
  assert.equal(agent.queue[0].text, 'one, changed')
  assert.equal(await edit.inputValue(), 'one, changed again')
})

test('an ask that folds the queue leaves the editor of a later prompt', async (t) => {
  const opened = await openBusy(t)
  const { page, queue, agent, world } = opened
  await queueUp(opened, 'one', 'two', 'three')
  await queue.getByRole('listitem').filter({ hasText: 'three' }).getByRole('button', { name: 'Edit' }).click()
  const edit = queue.getByRole('textbox', { name: 'Queued prompt' })
  await edit.fill('three, changed')
  world.openAsk(agent, 'permission', 'Bash', 'ls', { command: 'ls' })
  await page.getByRole('region', { name: /^Ask: / }).waitFor()
  await queue.getByText('two', { exact: true }).waitFor({ state: 'detached' })
  assert.equal(await edit.inputValue(), 'three, changed')
})

test('an edit of a queued prompt that was not saved is said in its row, and Enter breaks its lines where it is set so', async (t) => {
  const opened = await openBusy(t)
  const { page, queue, agent } = opened
  await queueUp(opened, 'one')
  await page.getByRole('button', { name: 'Saved prompts and keys' }).click()
  await page.getByRole('menuitem', { name: /Let Enter break the line/ }).click()
  await queue.getByRole('button', { name: 'Edit' }).click()
  const edit = queue.getByRole('textbox', { name: 'Queued prompt' })
  await edit.fill('one,')
  await edit.press('Enter')
  await edit.pressSequentially('and more')
  assert.equal(await edit.inputValue(), 'one,\nand more')
  await page.reload()
  await queue.getByText('unsaved edit: the text shown here will be sent').waitFor()
  await queue.getByRole('button', { name: 'Go on editing' }).click()
  await edit.press('Shift+Enter')
  await until(() => agent.queue.map(({ text }) => text), ['one,\nand more'])
})

test('a prompt that is sent while it is edited leaves its text', async (t) => {
  const opened = await openBusy(t)
  const { queue, agent, world, box } = opened
  await queueUp(opened, 'one')
  await queue.getByRole('button', { name: 'Edit' }).click()
  await queue.getByRole('textbox').fill('one, and more')
  const [{ messageId }] = agent.queue.splice(0)
  world.emit(agent, 'message', { messageId, state: 'sent' })
  await queue.getByText('This prompt is no longer in the queue.').waitFor()
  await queue.getByRole('button', { name: 'Put the text below' }).click()
  await until(() => box.inputValue(), 'one, and more')
})

test('a prompt whose delivery is not known is sent again, or has arrived', async (t) => {
  const { world, agent, page } = await openIdle(t)
  world.emit(agent, 'message', { messageId: 'msg_00000000000000000000000001', state: 'queued', text: 'Perhaps' })
  world.emit(agent, 'message', { messageId: 'msg_00000000000000000000000001', state: 'delivery_unknown' })
  const list = page.getByRole('list', { name: 'Not answered' })
  await list.getByText('It is not known whether this arrived').waitFor()
  await list.getByRole('button', { name: 'It arrived' }).click()
  await list.waitFor({ state: 'detached' })
  await until(() => [...world.uiStates.keys()].includes('settled-prompts'), true)
  await page.reload()
  await page.getByRole('textbox', { name: 'Message to tester' }).waitFor()
  assert.equal(await list.count(), 0)
})

test('a prompt whose delivery is not known is asked about however much was said since', async (t) => {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  world.emit(agent, 'message', { messageId: 'msg_00000000000000000000000001', state: 'delivery_unknown', text: 'Long ago' })
  for (let n = 100; n < 150; n++) world.emit(agent, 'message', { messageId: `msg_00000000000000000000000${n}`, state: 'sent', text: `Said ${n}` })
  agent.pid = 99
  const { page } = await openAgent(t, world, agent)
  await page.getByRole('list', { name: 'Not answered' }).getByText('Long ago').waitFor()
})

test('commands and files are completed from the keyboard', async (t) => {
  const { page, box } = await openIdle(t)
  await box.pressSequentially('/com')
  const commands = page.getByRole('listbox', { name: 'Commands' })
  await commands.getByRole('option', { name: /compact/ }).waitFor()
  await box.press('Enter')
  assert.equal(await box.inputValue(), '/compact ')
  await box.fill('')
  await box.pressSequentially('look at @aut')
  const files = page.getByRole('listbox', { name: 'Files' })
  await files.getByRole('option', { name: 'src/auth/login.ts', exact: true }).waitFor()
  await box.press('ArrowDown')
  await until(() => files.getByRole('option', { selected: true }).textContent(), 'src/auth/login.ts')
  await box.press('Tab')
  assert.equal(await box.inputValue(), 'look at @src/auth/login.ts ')
  await box.pressSequentially('@se')
  await files.getByRole('option').first().waitFor()
  await box.press('Escape')
  await files.waitFor({ state: 'detached' })
  assert.equal(await box.inputValue(), 'look at @src/auth/login.ts @se')
})

test('the arrow up brings back what was sent, and the arrow down the draft', async (t) => {
  const { page, box } = await openIdle(t)
  for (const text of ['first prompt', 'second prompt']) {
    await box.fill(text)
    await box.press('Enter')
    await page.getByRole('log').getByText(text).waitFor()
    await page.getByText('Enter sends').waitFor()
  }
  await box.fill('half a draft')
  await box.press('Home')
  await box.press('ArrowUp')
  await until(() => box.inputValue(), 'second prompt')
  await box.press('ArrowUp')
  await until(() => box.inputValue(), 'first prompt')
  await box.press('ArrowDown')
  await until(() => box.inputValue(), 'second prompt')
  await box.press('ArrowDown')
  await until(() => box.inputValue(), 'half a draft')
})

test('an earlier prompt that is sent again leaves the draft as it is, also one that begins with it', async (t) => {
  const { page, box } = await openIdle(t)
  await box.fill('go on')
  await box.press('Enter')
  await page.getByRole('log').getByText('go on').waitFor()
  await page.getByText('Enter sends').waitFor()
  await box.fill('go on with the tests')
  await box.press('Home')
  await box.press('ArrowUp')
  await until(() => box.inputValue(), 'go on')
  await box.press('Enter')
  await page.getByRole('log').getByText('go on', { exact: true }).nth(1).waitFor()
  await until(() => box.inputValue(), 'go on with the tests')
})

test('an old prompt that comes late does not replace what is typed by then; one that is changed leaves the draft to Undo', async (t) => {
  const { page, box, world, mock } = await openIdle(t)
  await box.fill('first prompt')
  await box.press('Enter')
  await page.getByRole('log').getByText('first prompt').waitFor()
  await page.getByText('Enter sends').waitFor()
  world.slownessMs.get_message = 300
  await box.press('ArrowUp')
  await box.pressSequentially('new words')
  await until(() => mock.calls.includes('get_message'), true)
  await page.waitForLoadState('networkidle')
  assert.equal(await box.inputValue(), 'new words')
  await box.press('Home')
  await box.press('ArrowUp')
  await until(() => box.inputValue(), 'first prompt')
  await box.press('End')
  await box.pressSequentially('!')
  assert.equal(await box.inputValue(), 'first prompt!')
  await page.getByText('An earlier prompt has replaced your draft').waitFor()
  await page.getByRole('status').getByRole('button', { name: /^Undo/ }).last().click()
  await until(() => box.inputValue(), 'new words')
})

test('a prompt is saved once and used with every agent', async (t) => {
  const { page, box, world } = await openIdle(t)
  await box.fill('Review what you did')
  await page.getByRole('button', { name: 'Saved prompts and keys' }).click()
  await page.getByRole('menuitem', { name: 'Save this prompt' }).click()
  await until(() => world.uiStates.get('prompts')?.value, { prompts: [{ text: 'Review what you did' }] })
  await box.fill('')
  await page.getByRole('button', { name: 'Saved prompts and keys' }).click()
  await page.getByRole('menuitem', { name: 'Review what you did' }).click()
  await until(() => box.inputValue(), 'Review what you did')
})

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC', 'base64')

test('files are uploaded, survive a reload, are removed, and go with the message', async (t) => {
  const { page, box, world } = await openIdle(t)
  await page.getByLabel('Files to attach').setInputFiles([
    { name: 'shot.png', mimeType: 'image/png', buffer: png },
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') },
  ])
  const files = page.getByRole('list', { name: 'Attachments' })
  await files.getByText('5 B').waitFor()
  await files.locator('img').waitFor()
  await until(() => [...world.uiStates.keys()].some((key) => key.startsWith('files/')), true)
  await page.reload()
  await files.getByText('notes.txt').waitFor()
  await files.getByRole('button', { name: 'Remove notes.txt' }).click()
  await box.fill('What is wrong here?')
  await box.press('Enter')
  await files.waitFor({ state: 'detached' })
  await page.getByRole('log').getByText('What is wrong here?').waitFor()
})

test('a file above the limit is refused in words, a refusal of the daemon too, and both go away', async (t) => {
  const { page, box } = await openIdle(t)
  await box.focus()
  await page.evaluate(() => {
    const data = new DataTransfer()
    const big = new File(['x'], 'film.mov')
    Object.defineProperty(big, 'size', { value: 48 * 1024 * 1024 })
    data.items.add(new File(['x'], 'refused.bin'))
    const event = new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data })
    // A DataTransfer makes its own copies of files.
    Object.defineProperty(event.dataTransfer, 'files', { value: [big, ...data.files] })
    document.body.dispatchEvent(event)
  })
  const files = page.getByRole('list', { name: 'Attachments' })
  await files.getByText('Not attached: 48 MiB; at most 32 MiB are accepted').waitFor()
  await files.getByText('Not attached: All attachments together have at most 4 GiB').waitFor()
  await checkAccess(page)
  for (const name of ['film.mov', 'refused.bin']) await files.getByRole('button', { name: `Dismiss ${name}` }).click()
  await files.waitFor({ state: 'detached' })
})

test('of too many files each refusal is said, also of those that are not listed', async (t) => {
  const { page, world } = await openIdle(t)
  world.slownessMs.create_attachment = 500
  const all = Array.from({ length: 70 }, (_, n) => ({ name: `file-${n}.txt`, mimeType: 'text/plain', buffer: Buffer.from(`${n}`) }))
  await page.getByLabel('Files to attach').setInputFiles(all)
  const files = page.getByRole('list', { name: 'Attachments' })
  await files.getByRole('listitem').filter({ hasText: 'file-64.txt' }).getByText('Not attached: 6 files from here on, a prompt takes at most 32').waitFor()
  assert.equal(await files.getByText('Not attached: a prompt takes at most 32 files', { exact: true }).count(), 32)
})

test('an upload is cancelled', async (t) => {
  const { page, world } = await openIdle(t)
  world.slownessMs.create_attachment = 60_000
  await page.getByLabel('Files to attach').setInputFiles({ name: 'slow.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') })
  await page.getByRole('progressbar', { name: 'Upload of slow.txt' }).waitFor()
  await page.getByText('Sends after the upload').waitFor()
  await page.getByRole('button', { name: 'Cancel slow.txt' }).click()
  await page.getByRole('list', { name: 'Attachments' }).waitFor({ state: 'detached' })
})

test('an upload goes on while another agent is looked at, and one that failed is tried again', async (t) => {
  const { page, world } = await openIdle(t)
  const files = page.getByRole('list', { name: 'Attachments' })
  world.slownessMs.create_attachment = 500
  await page.getByLabel('Files to attach').setInputFiles({ name: 'slow.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') })
  await page.getByRole('progressbar', { name: 'Upload of slow.txt' }).waitFor()
  const agentPage = page.url()
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /indexer/ }).click()
  await page.getByRole('heading', { name: 'indexer', level: 1 }).waitFor()
  await page.goBack()
  await page.waitForURL(agentPage)
  await files.getByRole('button', { name: 'Remove slow.txt' }).waitFor()
  await page.route('**/api/attachments?*', (route) => route.abort(), { times: 1 })
  await page.getByLabel('Files to attach').setInputFiles({ name: 'lost.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') })
  await files.getByText('Not attached: The daemon did not answer.').waitFor()
  await files.getByRole('button', { name: 'Retry' }).click()
  await files.getByRole('button', { name: 'Remove lost.txt' }).waitFor()
})

function paste(box, { text = '', picture = false }) {
  return box.evaluate(
    (node, [words, hasPicture]) => {
      const data = new DataTransfer()
      if (words) data.setData('text/plain', words)
      if (hasPicture) data.items.add(new File([new Uint8Array([137, 80, 78, 71])], 'image.png', { type: 'image/png' }))
      const isTaken = !node.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: data }))
      // A script's paste inserts nothing by itself.
      if (!isTaken) document.execCommand('insertText', false, words)
    },
    [text, picture],
  )
}

test('a screenshot is pasted as a file, and a long text can become one', async (t) => {
  const { page, box, dock } = await openIdle(t)
  await box.focus()
  await paste(box, { picture: true })
  const files = page.getByRole('list', { name: 'Attachments' })
  await files.getByText(/^pasted-\d{6}\.png$/).waitFor()
  await box.pressSequentially('see: ')
  await paste(box, { text: Array.from({ length: 30 }, (_, n) => `line ${n} ${'あ'.repeat(100)}`).join('\n') })
  // In bytes, whatever is written: each of these characters has three.
  await dock.getByText('You pasted 30 lines, 9 KiB.').waitFor()
  assert.match(await box.inputValue(), /^see: line 0 あ+\n/)
  await dock.getByRole('button', { name: 'Attach as a file' }).click()
  await files.getByText('pasted.txt').waitFor()
  await until(() => box.inputValue(), 'see: ')
})

test('a pasted text stays until its file is there: it survives a reload and a refusal', async (t) => {
  const { page, box, dock, world } = await openIdle(t)
  const files = page.getByRole('list', { name: 'Attachments' })
  const lines = Array.from({ length: 30 }, (_, n) => `line ${n}`).join('\n')
  world.failing.add('create_attachment')
  await paste(box, { text: lines })
  await dock.getByRole('button', { name: 'Attach as a file' }).click()
  await files.getByText('Not attached: The store could not be read.').waitFor()
  assert.equal(await box.inputValue(), lines)
  await box.fill('')
  await paste(box, { text: 'too long\n'.repeat(30_000) })
  await files.getByText('Not attached: The store could not be read.').nth(1).waitFor()
  assert.equal(await page.getByText('so they are attached as a file').count(), 0)
  await page.reload()
  await dock.getByText(/^You pasted 30001 lines/).waitFor()
  world.failing.delete('create_attachment')
  await dock.getByRole('button', { name: 'Attach as a file' }).click()
  await page.getByText('so they are attached as a file').waitFor()
  await files.getByText('pasted.txt').waitFor()
  await dock.getByText(/^You pasted/).waitFor({ state: 'detached' })
})

test('options are changed in place, and say when they apply', async (t) => {
  const { page, agent, dock } = await openIdle(t)
  await dock.getByRole('button', { name: /model$/ }).click()
  await page.getByRole('menuitem', { name: 'sonnet' }).click()
  await dock.getByText('from the next turn').waitFor()
  assert.equal(agent.model, 'sonnet')
  await dock.getByRole('button', { name: /mode and permissions$/ }).click()
  await page.getByRole('menuitem', { name: /Plans first/ }).click()
  await dock.getByRole('button', { name: 'Plans first, mode and permissions' }).waitFor()
  assert.equal(agent.mode, 'plan')
})

test('two pages on one draft: each shows what the other types, and the newer text wins', async (t) => {
  const { page, box, mock, world, agent } = await openIdle(t)
  const other = await page.context().browser().newContext()
  t.after(() => other.close())
  const second = await other.newPage()
  mock.addCode('second')
  await second.goto(`${mock.url}${paths.agent(world, 'tester')}#code=second`)
  const there = second.getByRole('textbox', { name: 'Message to tester' })
  await there.waitFor()
  await box.fill('from the desk')
  await until(() => there.inputValue(), 'from the desk')
  await there.fill('from the desk, and the phone')
  await until(() => box.inputValue(), 'from the desk, and the phone')
  world.failing.add('put_ui_state')
  await box.fill('older words')
  await until(() => world.failed.some(({ value }) => value?.text === 'older words'), true)
  world.failing.delete('put_ui_state')
  await there.fill('newer words')
  await page.getByText('Text from another device replaced yours.').waitFor()
  assert.equal(await box.inputValue(), 'newer words')
  // Sending one of two texts does not settle what happens to the other.
  await box.press('Enter')
  await until(() => box.inputValue(), '')
  await page.getByText('Text from another device replaced yours.').waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  assert.equal(await box.inputValue(), 'older words')
  await until(() => there.inputValue(), 'older words')
  assert.equal(world.uiStates.get(`draft/${agent.id}`).value.text, 'older words')
})

test('a draft that could not be stored is there after a reload, and then stored', async (t) => {
  const { page, box, world, agent } = await openIdle(t)
  world.failing.add('put_ui_state')
  await box.fill('written offline')
  await page.reload()
  await until(() => box.inputValue(), 'written offline')
  world.failing.delete('put_ui_state')
  await box.press('End')
  await box.pressSequentially('!')
  await until(() => world.uiStates.get(`draft/${agent.id}`)?.value.text, 'written offline!')
})

test('the composer with all that it can hold has no faults in either theme, and fits 320 px', async (t) => {
  const opened = await openBusy(t)
  const { page, box, world } = opened
  named(world.worktrees, 'search').texts = { 'src/search/index.ts': '' }
  await queueUp(opened, 'a rather long prompt that waits for the turn to end before it is sent', 'two')
  await page.getByLabel('Files to attach').setInputFiles({ name: 'a picture with a long name that is cut somewhere.png', mimeType: 'image/png', buffer: png })
  await page.getByRole('list', { name: 'Attachments' }).locator('img').waitFor()
  await box.fill('look at @src')
  await page.getByRole('option').first().waitFor()
  await checkAccess(page)
  await checkColours(page, 'dark')
  await checkStill(page)
  await checkWidth(page, 320)
})

test('on a phone Enter breaks the line, and the button sends', async (t) => {
  const { page, box } = await openIdle(t, { device: phone })
  await box.tap()
  await box.pressSequentially('one')
  await box.press('Enter')
  await box.pressSequentially('two')
  assert.equal(await box.inputValue(), 'one\ntwo')
  await checkAccess(page)
  await checkWidth(page, 320)
  await page.getByRole('button', { name: 'Send', exact: true }).tap()
  await page.getByRole('log').getByText('two').waitFor()
})

test('the status opens what it is based on, and can be looked at again', async (t) => {
  const world = seedWorld()
  const { page } = await openAgent(t, world, named(world.agents, 'login doctor'), {})
  const word = page.getByRole('main').getByRole('button', { name: /Needs you/ }).first()
  await word.click()
  const evidence = page.getByRole('dialog', { name: 'Status of login doctor' })
  await evidence.getByText('The CLI said that it waits for your permission').waitFor()
  await evidence.getByText('for your answer: permission for Bash').waitFor()
  await evidence.getByRole('list', { name: 'Processes' }).getByText('node server.js').waitFor()
  await evidence.getByText('412 MiB of 4 GiB').waitFor()
  await evidence.getByText('Not seen: the memory of one process could not be read').waitFor()
  await checkAccess(page)
  await checkColours(page, 'dark')
  world.setStatus(named(world.agents, 'login doctor'), 'running', 'working')
  await evidence.getByRole('button', { name: 'Look again' }).click()
  await evidence.getByText('for your next prompt').waitFor()
  await page.keyboard.press('Escape')
  await evidence.waitFor({ state: 'detached' })
})

/** A comment on the diff of the agent's worktree that was not sent. */
async function openWithComment(t) {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  const { workspaceId, worktreeId } = agent
  const row = { id: `cmt_${'1'.repeat(26)}`, workspaceId, worktreeId, path: 'src/a.ts', side: 'new', line: 3, lineText: 'x', body: 'Why?', isOutdated: false, createdAt: world.now(), updatedAt: world.now() }
  const [worktree] = [...world.worktrees.values()].filter(({ id }) => id === worktreeId)
  worktree.comments = [row]
  return { ...(await openAgent(t, world, agent, {})), row, worktree }
}

test('comments on the diff go with the next message, as one prompt', async (t) => {
  const { page, box, dock, row } = await openWithComment(t)
  await dock.getByText('1 comment on the diff goes with this message.').waitFor()
  await checkAccess(page)
  await box.pressSequentially('Once more, please', { delay: perKeyMs })
  await box.press('Enter')
  await dock.getByText('1 comment on the diff').waitFor({ state: 'detached' })
  await until(() => row.above, 'Once more, please')
  await until(() => box.inputValue(), '')
})

test('comments that were left out stay, and a command goes without them', async (t) => {
  const { box, dock, row, page, worktree, world } = await openWithComment(t)
  const note = dock.getByText('1 comment on the diff goes with this message.')
  await note.waitFor()
  await box.fill('/compact')
  await note.waitFor({ state: 'detached' })
  await box.fill('Go on')
  await note.waitFor()
  await dock.getByRole('button', { name: 'Leave out' }).click()
  await note.waitFor({ state: 'detached' })
  assert.ok(await box.evaluate((one) => one === document.activeElement))
  await box.press('Enter')
  await page.getByRole('log').getByText('Go on').waitFor()
  assert.equal(row.sentAt, undefined)
  const more = { ...row, id: `cmt_${'2'.repeat(26)}` }
  worktree.comments.push(more)
  world.emitWorkspace(worktree.workspaceId, 'comment_added', more)
  await note.waitFor()
})

test('what is not sent with its comments comes back, with one action', async (t) => {
  const { box, dock, row, world } = await openWithComment(t)
  await dock.getByText('1 comment on the diff').waitFor()
  world.failing.add('send_comments')
  await box.fill('Once more')
  await box.press('Enter')
  await dock.getByText(/^Not sent/).waitFor()
  assert.equal(await box.inputValue(), 'Once more')
  world.failing.clear()
  await dock.getByRole('button', { name: 'Try again' }).click()
  await until(() => row.above, 'Once more')
})
