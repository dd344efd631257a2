// The files of a worktree: `texts` by path, null for one that is no text; `pictures` in base64; `ignored` as a list of paths.
import { createHash } from 'node:crypto'
import { ApiError, notFound } from './world.mjs'

const find = (world, id) => {
  const worktree = world.worktrees.get(id)
  if (!worktree) throw notFound('worktree')
  return worktree
}
const at = (world, worktree, body) => ({ body, cursors: [world.streams.cursor(`workspace/${worktree.workspaceId}`)] })
const digestOf = (text) => createHash('sha256').update(text).digest('hex')

const sizes = (worktree) => ({ ...Object.fromEntries(Object.entries(worktree.pictures ?? {}).map(([path, text]) => [path, Buffer.from(text, 'base64').length])), ...worktree.sizes })
const pathsOf = (worktree) => [...new Set([...Object.keys(worktree.texts ?? {}), ...Object.keys(sizes(worktree))])].sort()
const isIgnored = (worktree, path) => (worktree.ignored ?? []).some((one) => path === one || path.startsWith(`${one}/`))

function stateOf({ git }, path) {
  for (const state of ['conflicted', 'modified', 'untracked', 'staged']) if (git[state].includes(path)) return state
  return 'clean'
}

function entriesOf(worktree, folder) {
  const prefix = folder === '' ? '' : `${folder}/`
  const beneath = pathsOf(worktree).filter((path) => path.startsWith(prefix))
  const changed = [...worktree.git.modified, ...worktree.git.untracked, ...worktree.git.staged]
  const base = { modifiedAt: '2026-11-22T10:00:00.000000Z', state: 'clean', changed: 0, size: 0 }
  const folders = [...new Set(beneath.filter((path) => path.slice(prefix.length).includes('/')).map((path) => prefix + path.slice(prefix.length).split('/')[0]))]
  const files = beneath.filter((path) => !path.slice(prefix.length).includes('/'))
  return [
    ...folders.map((path) => ({ ...base, path, kind: 'folder', changed: changed.filter((one) => one.startsWith(`${path}/`)).length, isIgnored: isIgnored(worktree, path) })),
    ...files.map((path) => ({ ...base, path, kind: 'file', size: worktree.texts?.[path]?.length ?? sizes(worktree)[path] ?? 1, state: stateOf(worktree, path), isIgnored: isIgnored(worktree, path) })),
  ]
}

function hasLetters(path, word) {
  let place = 0
  for (const letter of word) {
    place = path.indexOf(letter, place) + 1
    if (place === 0) return false
  }
  return true
}

export const filesOps = {
  list_files: (world, { worktreeId, path = '', after = '0', limit = 200 }) => {
    const worktree = find(world, worktreeId)
    const all = entriesOf(worktree, path)
    if (all.length === 0 && path !== '') throw notFound('folder')
    const last = Number(after) + Number(limit)
    return at(world, worktree, { entries: all.slice(Number(after), last), total: all.length, ...(last < all.length && { next: String(last) }), truncated: false, hasStates: true })
  },
  find_files: (world, { worktreeId, query, limit = 50 }) => {
    const worktree = find(world, worktreeId)
    const words = query.toLowerCase().split(/\s+/)
    const paths = pathsOf(worktree).filter((path) => !isIgnored(worktree, path) && words.every((word) => hasLetters(path.toLowerCase(), word)))
    return { body: { paths: paths.slice(0, Number(limit)), total: paths.length, truncated: false } }
  },
  read_file: (world, { worktreeId, path }) => {
    const worktree = find(world, worktreeId)
    const content = worktree.texts?.[path]
    const size = content?.length ?? sizes(worktree)[path] ?? (content === null ? 1 : undefined)
    if (size === undefined) throw notFound('file')
    const isText = typeof content === 'string'
    return at(world, worktree, { path, size, offset: 0, isBinary: !isText, digest: digestOf(content ?? String(size)), ...(isText && { content }) })
  },
  write_file: (world, { worktreeId, path, content, ifDigest }) => {
    const worktree = find(world, worktreeId)
    const text = worktree.texts?.[path]
    const before = text === undefined ? '' : digestOf(text)
    if (ifDigest !== before && before === '') throw new ApiError(409, 'CONFLICT', `${path} no longer exists`)
    if (ifDigest !== before) throw new ApiError(409, 'CONFLICT', 'The file holds something else by now.', { digest: [before] })
    worktree.texts[path] = content
    world.setFiles(worktree, worktree.files, {})
    return { body: { path, digest: digestOf(content), size: content.length } }
  },
  open_in: (world) => {
    if (world.isRemote) throw new ApiError(403, 'FORBIDDEN', 'programs are opened only for callers on the machine of the daemon')
    return { body: { command: ['editor'] } }
  },
}

/** A file that another program wrote, or deleted: undefined. */
export function writeBehind(world, worktree, path, text) {
  if (text === undefined) delete worktree.texts[path]
  else worktree.texts[path] = text
  world.setFiles(worktree, worktree.files, {})
}
