// What the start dialog and the palette ask for.
const cli = (adapter, name, program, found) => ({
  adapter, name, program, found, testedVersions: [], isTested: false, login: 'logged_in', loginCommand: `${program} login`, installCommand: `npm install -g ${program}`,
})

const files = ['src/auth/login.ts', 'src/auth/login.test.ts', 'src/auth/session.ts', 'docs/flow.png', 'README.md']

function fits(path, query) {
  let at = -1
  return [...query.toLowerCase()].every((letter) => (at = path.toLowerCase().indexOf(letter, at + 1)) >= 0)
}

export const startOps = {
  list_clis: () => ({ body: { clis: [cli('claude', 'Claude Code', 'claude', true), cli('codex', 'Codex', 'codex', false)] } }),
  get_base_branch: () => ({ body: { branch: 'main', isDefault: true } }),
  get_copied_files: () => ({ body: { patterns: ['.env.local'] } }),
  list_scripts: () => ({ body: { scripts: [] } }),
  find_files: (_world, { query }) => {
    const paths = files.filter((path) => fits(path, query))
    return { body: { paths, total: paths.length, truncated: false } }
  },
  find_in_messages: (world, { q }) => {
    const excerpt = 'every login of a known user failed silently'
    const start = excerpt.indexOf(q)
    const hit = { kind: 'text', role: 'assistant', createdAt: world.now(), part: 'content', start, end: start + q.length, excerpt, excerptStart: start, excerptEnd: start + q.length }
    return { body: { hits: start < 0 ? [] : [hit], looked: 1, total: 1, gaveUp: 0 } }
  },
}
