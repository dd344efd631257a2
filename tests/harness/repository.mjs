// git repositories to work in.
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { makeFolder } from './daemon.mjs'
import { runToEnd } from './program.mjs'

const IDENTITY = {
  GIT_AUTHOR_NAME: 'Test', GIT_AUTHOR_EMAIL: 'test@example.invalid', GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'Test', GIT_COMMITTER_EMAIL: 'test@example.invalid', GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
  GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1',
}

export async function git(folder, ...args) {
  const { out } = await runToEnd('git', ['-C', folder, ...args], { env: IDENTITY })
  return out
}

/** A repository with one commit of the given files, in that folder or a new one. Returns its path. */
export async function makeRepository(files = { 'README.md': '# Sample\n' }, name = 'repo', within = undefined) {
  const folder = path.join(within ?? (await makeFolder('work')), name)
  await mkdir(folder)
  await git(folder, 'init', '--quiet', '--initial-branch=main')
  await writeFiles(folder, files)
  await git(folder, 'add', '--all')
  await git(folder, 'commit', '--quiet', '--message=First')
  return folder
}

/** As makeRepository, with a person's name and an empty remote `origin`. */
export async function makeSharedRepository(files, within) {
  const folder = await makeRepository(files, 'repo', within)
  const there = path.join(await makeFolder('there'), 'there.git')
  await git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', there)
  await git(folder, 'remote', 'add', 'origin', there)
  await git(folder, 'config', 'user.name', 'Test')
  await git(folder, 'config', 'user.email', 'test@example.invalid')
  return folder
}

export async function writeFiles(folder, files) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
    await writeFile(path.join(folder, name), text)
  }
}

/** The changes that git reports: "XY path" lines, sorted. */
export async function changes(folder) {
  const out = await git(folder, 'status', '--porcelain', '--untracked-files=all')
  return out.split('\n').filter(Boolean).sort()
}
