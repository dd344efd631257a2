// The README's screenshot: the demo in the real page, with two working agents and one that waits for its user.
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { launchBrowser } from './browser.mjs'
import { checkout } from './program.mjs'

export const PICTURE = path.join(checkout, 'docs/screenshot.png')
const BUSY = { permissions: ['read', 'write', 'execute'] }

/** Agents of the demo on a daemon that finds the CLI: what each does, and where. */
async function setScene(daemon) {
  const { workspace } = await daemon.want(200, 'POST', '/api/demo', {})
  const worktree = (name) =>
    daemon.want(201, 'POST', `/api/workspaces/${workspace.id}/worktrees`, { name, branch: name, createBranch: true })
  const agent = ({ id }, name, more) => daemon.want(201, 'POST', '/api/agents', { worktreeId: id, name, ...more })
  const [greeting, manual] = [await worktree('second-language'), await worktree('manual')]
  return {
    workspace,
    translator: await agent(greeting, 'translator'),
    busy: [await agent(manual, 'writer', BUSY), await agent(manual, 'proofreader', BUSY)],
  }
}

const start = (daemon, { id }, initialPrompt) => daemon.want(200, 'POST', `/api/agents/${id}/start`, { initialPrompt })

/** Writes the screenshot to `file` and returns its size in bytes. Working agents are started last, so that they still are. */
export async function takePicture(daemon, file) {
  const { workspace, translator, busy } = await setScene(daemon)
  const browser = await launchBrowser()
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1, colorScheme: 'light' })
    page.setDefaultTimeout(60_000)
    const { url } = await daemon.want(200, 'POST', '/api/auth/codes')
    await page.goto(new URL(`/w/${workspace.id}/a/${translator.id}${new URL(url).hash}`, url).href)
    const prompt = 'Teach the greeting a second language, and show me each change first.'
    await start(daemon, translator, prompt)
    await page.getByRole('region', { name: /^Ask: / }).waitFor()
    await page.getByRole('log').getByText(prompt).waitFor()
    await start(daemon, busy[0], 'Write a manual for whoever adds the next language.')
    await start(daemon, busy[1], 'Read the notes and correct them.')
    const working = page.getByRole('navigation', { name: 'Main' }).getByRole('region', { name: 'Working' })
    for (const { name } of busy) await working.getByRole('link', { name }).waitFor()
    await page.screenshot({ path: file, animations: 'disabled' })
    return (await stat(file)).size
  } finally {
    await browser.close()
  }
}
