// What the doctor's page reads: checks, CLIs, holds, operations that were left unfinished.

const at = (world, body) => ({ body, cursors: [world.streams.cursor('app')] })

const checks = [
  ['muster-hold', 'ok', '/usr/bin/muster-hold'],
  ['git', 'ok', '/usr/bin/git, version 2.39.5'],
  ['daemon', 'ok', 'version 0.1.0, up for 3 days'],
  ['data folder', 'ok', '/home/me/my data, on ext4, 212 GiB free'],
  ['store', 'ok', '/home/me/my data/muster.db, 41 MiB, sound'],
  ['streams', 'ok', '12 launches, 210 MiB'],
  ['cgroup', 'ok', 'each agent gets one below /sys/fs/cgroup, which ends all its processes at once'],
  ['limits', 'ok', 'processes of this user: 96365; size of a file: unlimited'],
  ['claude', 'ok', 'version 2.1.112, signed in'],
  ['gemini', 'skipped', 'not found on PATH'],
  ['opencode', 'skipped', 'not found on PATH'],
  ['qwen', 'skipped', 'not found on PATH'],
  ['codex', 'skipped', 'not found on PATH'],
  ['holds', 'ok', '5 alive'],
  ['trash', 'ok', '1 entry, 2.1 GiB'],
  ['salvages', 'ok', '4 in 2 repositories'],
  ['file watches', 'warning', '180,000 of 192,536 are used by this user', 'Raise fs.inotify.max_user_watches, or close other programs that watch many files.'],
  ['clock', 'ok', 'kept by systemd-timesyncd'],
  ['ports', 'ok', 'worktrees get theirs from 20000 to 32759'],
]

const cli = (adapter, name, program, more = {}) => ({
  adapter, name, program, found: false, testedVersions: [], isTested: false, login: 'unknown', loginCommand: `${program} login`,
  installCommand: `npm install -g ${program}`, ...more,
})

export const doctorOps = {
  get_doctor: (world) => {
    const rows = (world.checks ?? checks).map(([title, state, detail, advice]) => ({ id: title.split(' ')[0], title, state, detail, ...(advice && { advice }) }))
    return { body: { state: 'warning', begunAt: world.now(), endedAt: world.now(), checks: rows } }
  },
  list_clis: (world) =>
    at(world, {
      clis: [
        { adapter: 'claude', name: 'Claude Code', program: 'claude', testedVersions: [], isTested: true, ...world.system.claude },
        cli('gemini', 'Gemini CLI', 'gemini'),
        cli('opencode', 'opencode', 'opencode', { found: true, path: '/usr/bin/opencode', version: '1.4.0', testedVersions: ['1.3.2'], login: 'logged_out', ...world.opencode }),
        cli('qwen', 'Qwen Code', 'qwen'),
        cli('codex', 'Codex', 'codex', { notExecutable: '/home/me/bin/codex', installCommand: "chmod +x '/home/me/bin/codex'" }),
      ],
    }),
  list_holds: (world) => ({
    body: {
      holds: world.holds ?? [...world.agents.values()].filter(({ pid }) => pid).map(({ id }) => ({ launchId: id.replace('ag_', 'lch_'), isAlive: true, isKnown: true })),
    },
  }),
}
