// A world in the middle of its work: what a screenshot should show.
import { newId, World } from './world.mjs'

export const claude = {
  adapter: 'claude',
  name: 'Claude Code',
  program: 'claude',
  found: true,
  path: '/home/me/.local/bin/claude',
  version: '2.1.329',
  testedVersions: ['2.1.112', '2.1.329'],
  isTested: true,
  login: 'logged_in',
  loginSource: '/home/me/.claude/.credentials.json',
  loginCommand: 'claude /login',
  demoFound: true,
  installCommand: 'npm install -g @anthropic-ai/claude-code',
}
export const system = { version: '0.1.0', isDemo: false, home: '/home/me/.local/share/muster', command: "muster --home '/home/me/my data'", claude }

const ago = (seconds) => new Date(Date.now() - seconds * 1000)

const context = (oldLine, newLine, text) => ({ type: 'context', oldLine, newLine, text })
const added = (newLine, text) => ({ type: 'added', newLine, text })
const removed = (oldLine, text) => ({ type: 'removed', oldLine, text })

const loginFile = {
  path: 'src/auth/login.ts',
  status: 'modified',
  added: 5,
  removed: 3,
  isBinary: false,
  truncated: false,
  hunks: [
    {
      oldStart: 12,
      oldLines: 8,
      newStart: 12,
      newLines: 10,
      section: 'export async function login(request: Request) {',
      lines: [
        context(12, 12, 'export async function login(request: Request) {'),
        context(13, 13, '  const { email, password } = await request.json()'),
        removed(14, '  const user = await users.find(email)'),
        removed(15, '  if (user = null) {'),
        removed(16, "    throw new Error('no user')"),
        added(14, '  const user = await users.findByEmail(email.trim().toLowerCase())'),
        added(15, '  if (user === null) {'),
        added(16, '    // The same answer as for a wrong password, so that nobody learns which addresses exist.'),
        added(17, '    await burnTime(password)'),
        added(18, "    throw new Unauthorized('wrong e-mail or password')"),
        context(17, 19, '  }'),
        context(18, 20, '  return startSession(user)'),
        context(19, 21, '}'),
      ],
    },
  ],
}

const testLines = [
  "import { expect, test } from 'vitest'",
  "import { login } from './login'",
  '',
  "test('an unknown address and a wrong password answer alike', async () => {",
  "  const unknown = await login(post({ email: 'nobody@example.org', password: 'x' }))",
  "  const wrong = await login(post({ email: 'ada@example.org', password: 'x' }))",
  '  expect(unknown.status).toBe(401)',
  '  expect(await unknown.text()).toBe(await wrong.text())',
  '})',
]
const testFile = {
  path: 'src/auth/login.test.ts',
  status: 'untracked',
  added: testLines.length,
  removed: 0,
  isBinary: false,
  truncated: false,
  hunks: [{ oldStart: 0, oldLines: 0, newStart: 1, newLines: testLines.length, section: '', lines: testLines.map((text, i) => added(i + 1, text)) }],
}
const loginText = `${[
  "import { users } from './users'",
  ...Array.from({ length: 10 }, (_, n) => `// line ${n + 2} of the file as it is`),
  ...loginFile.hunks[0].lines.filter(({ type }) => type !== 'removed').map(({ text }) => text),
  '',
  'export function logout() {}',
].join('\n')}\n`

/** One grey pixel. */
const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const pictureFile = { path: 'docs/flow.png', status: 'added', added: 0, removed: 0, size: 68, isBinary: true, truncated: false, hunks: [] }

const answer = `The check compared with \`=\`, so every login of a known user **failed silently**. I changed three things:

1. The comparison is \`===\` now.
2. Addresses are trimmed and lower-cased before the look-up.
3. An unknown address takes as long as a wrong password.

\`\`\`ts
if (user === null) {
  await burnTime(password)
  throw new Unauthorized('wrong e-mail or password')
}
\`\`\`

| case | before | after |
|---|---|---|
| known user | 500 | 200 |
| unknown user | 500 | 401 |

Next I would run the tests.`

function fillLogin(world, agent) {
  const emit = (type, payload, seconds) => world.emit(agent, type, payload, ago(seconds))
  agent.pid = 4711
  agent.sessionId = newId('ses')
  agent.isResumable = true
  agent.model = 'claude-opus-5-5'
  emit('session', { sessionId: agent.sessionId, model: agent.model, resumable: true }, 190)
  emit('message', { messageId: newId('msg'), state: 'sent', text: 'Logins fail for everybody since yesterday. Find out why and fix it, with a test.' }, 188)
  emit('thought', { block: 'b1', text: 'The error began yesterday, so I look at what changed in the authentication code.\nThen I write a failing test.' }, 184)
  emit('text', { block: 'b2', text: 'I look at what changed in the authentication code first.' }, 182)
  emit('tool_start', { toolId: 't1', name: 'Bash', kind: 'execute', title: 'git log --oneline -5 -- src/auth', input: { command: 'git log --oneline -5 -- src/auth' } }, 180)
  emit('tool_end', { toolId: 't1', isError: false, output: 'a91c2e1 auth: tidy the checks\n77b01d4 auth: sessions expire\n3f0e9aa auth: first version' }, 178)
  emit('tool_start', { toolId: 't2', name: 'Read', kind: 'read', title: 'src/auth/login.ts', input: { file_path: '/home/me/harbor-fix-login/src/auth/login.ts' } }, 176)
  emit('tool_end', { toolId: 't2', isError: false, output: 'export async function login(request: Request) {\n  …' }, 176)
  emit('plan', { entries: [{ text: 'Find the change', state: 'completed' }, { text: 'Fix the comparison', state: 'completed' }, { text: 'Run the tests', state: 'in_progress' }] }, 170)
  emit('tool_start', {
    toolId: 't3', name: 'Edit', kind: 'edit', title: 'src/auth/login.ts',
    input: {
      file_path: '/home/me/harbor-fix-login/src/auth/login.ts',
      old_string: "  if (user = null) {\n    throw new Error('no user')\n  }",
      new_string: "  if (user === null) {\n    await burnTime(password)\n    throw new Unauthorized('wrong e-mail or password')\n  }",
    },
  }, 150)
  emit('tool_end', { toolId: 't3', isError: false, output: 'The file has been updated.', path: 'src/auth/login.ts' }, 149)
  emit('tool_start', { toolId: 't4', name: 'Write', kind: 'edit', title: 'src/auth/login.test.ts', input: { file_path: '/home/me/harbor-fix-login/src/auth/login.test.ts', content: testLines.join('\n') } }, 120)
  emit('tool_end', { toolId: 't4', isError: false, output: 'File created.' }, 119)
  emit('text', { block: 'b3', text: answer }, 60)
  world.setContext(agent, 68_000, 200_000)
  world.addUsage(agent, 2_400, 1_900, 61_000, 184_000)
  const input = { command: 'npm test -- --run src/auth', description: 'Run the authentication tests' }
  const suggestions = [{ type: 'addRules', rules: [{ toolName: 'Bash', ruleContent: 'npm test:*' }], behavior: 'allow', destination: 'session' }]
  world.openAsk(agent, 'permission', 'Bash', input.command, input, { toolId: 't5', suggestions }, ago(40))
}

function fillSearch(world, agent) {
  agent.pid = 4712
  agent.sessionId = newId('ses')
  agent.isResumable = true
  world.emit(agent, 'message', { messageId: newId('msg'), state: 'sent', text: 'Build the search index in the background.' }, ago(300))
  world.setContext(agent, 166_000, 200_000)
  world.setStatus(agent, 'running', 'working', undefined, ago(125))
}

export function emptyWorld(overrides = {}) {
  return new World({ ...system, ...overrides })
}

export function seedWorld(overrides) {
  const world = emptyWorld(overrides)
  const harbor = world.addWorkspace('harbor', '/home/me/harbor')
  const dirty = { isClean: false, ahead: 2, modified: ['src/auth/login.ts'], staged: ['docs/flow.png'], untracked: ['src/auth/login.test.ts'] }
  const login = world.addWorktree(harbor, { name: 'fix-login', branch: 'fix-login', path: '/home/me/harbor-fix-login', git: dirty })
  login.files = [loginFile, testFile, pictureFile]
  login.texts = { 'README.md': '# Harbor\n\nThe sign-in of everything.\n', 'package.json': '{\n  "name": "harbor"\n}\n', '.env': 'PORT=3000\n', 'src/auth/login.ts': loginText, 'src/auth/login.test.ts': `${testLines.join('\n')}\n`, 'src/auth/session.ts': 'export function startSession() {}\n', 'src/main.ts': "import { login } from './auth/login'\n" }
  login.pictures = { 'docs/flow.png': dot }
  login.sizes = { 'docs/film.mp4': 104_857_600 }
  login.ignored = ['.env']
  const search = world.addWorktree(harbor, { name: 'search', branch: 'feature/search-index', path: '/home/me/harbor-search', git: { behind: 3 } })
  world.addWorktree(harbor, { name: 'docs', branch: 'docs', path: '/home/me/harbor-docs' })
  fillLogin(world, world.addAgent(login, { name: 'login doctor' }))
  fillSearch(world, world.addAgent(search, { name: 'indexer', mode: 'auto' }))
  const critic = world.addAgent(search, { name: 'reviewer', mode: 'plan' })
  critic.sessionId = newId('ses')
  critic.isResumable = true
  world.setContext(critic, 128_000, 200_000)
  world.setStatus(critic, 'error', 'api', '529 Overloaded', ago(900))
  const tester = world.addAgent(login, { name: 'tester' })
  tester.sessionId = newId('ses')
  tester.isResumable = true
  world.setContext(tester, 24_000, 200_000)
  world.setStatus(tester, 'finished', 'turn_done', undefined, ago(3600))
  const watcher = world.addAgent(login, { name: 'watcher', adapter: 'terminal', command: ['npm', 'run', 'dev'] })
  watcher.pid = 4713
  world.setStatus(watcher, 'running', 'working', undefined, ago(600))
  world.addWorkspace('atlas', '/home/me/atlas')
  return world
}
