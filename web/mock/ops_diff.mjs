// What a worktree changed: diffs by page and by file, blobs, comments, staging and commits.
import { createHash } from 'node:crypto'
import { isSetAside, restoreDiff, restoreSalvage } from './ops_recovery.mjs'
import { ApiError, newId, notFound } from './world.mjs'

const find = (world, id) => {
  const worktree = world.worktrees.get(id)
  if (!worktree) throw notFound('worktree')
  return worktree
}
const topicOf = ({ workspaceId }) => `workspace/${workspaceId}`
const answer = (world, worktree, body, more = {}) => ({ body, cursors: [world.streams.cursor(topicOf(worktree))], ...more })
const truth = (value, standard) => (value === undefined ? standard : value === true || value === 'true')

/** Hunk lines of one file between `offset` and `offset + limit`, as the daemon cuts them. */
function windowOf(file, offset, limit) {
  let at = 0
  const hunks = file.hunks.flatMap((hunk) => {
    const first = at
    at += hunk.lines.length
    const lines = hunk.lines.slice(Math.max(0, offset - first), Math.max(0, offset + limit - first))
    return lines.length > 0 ? [{ ...hunk, lines }] : []
  })
  return { ...file, hunks, truncated: file.truncated || at > offset + limit }
}

function shown(file, { hunks, counts, words, lineOffset = 0, lineLimit = 2000 }) {
  const read = truth(hunks, true) ? windowOf(file, Number(lineOffset), Number(lineLimit)) : { ...file, hunks: [], truncated: false }
  const lines = truth(words, false) ? read : { ...read, hunks: read.hunks.map((hunk) => ({ ...hunk, lines: hunk.lines.map(({ changed, ...line }) => line) })) }
  return truth(counts, true) ? lines : { ...lines, added: 0, removed: 0 }
}

/** By what is compared: a worktree may have other files on each side. */
function filesOf(worktree, { from = 'head', to }) {
  const name = to === undefined ? from : `${from}..${to}`
  return worktree.diffs?.[name] ?? worktree.files
}

function readDiff(world, input) {
  if (input.from === 'worktree') throw new ApiError(400, 'VALIDATION_ERROR', 'from worktree can only be the other side: to')
  const worktree = find(world, input.worktreeId)
  if (!worktree.diffs && isSetAside(input.from)) return answer(world, worktree, world.restoreDiff ?? restoreDiff())
  const files = filesOf(worktree, input)
  const { path, limit = 100, after } = input
  const one = path === undefined ? undefined : files.find((file) => file.path === path)
  if (path !== undefined && !one) throw notFound('changed file')
  const first = after === undefined ? 0 : Number(after)
  const page = one ? [one] : files.slice(first, first + Number(limit))
  const next = first + page.length
  const sum = (key) => files.reduce((n, file) => (file.status === 'untracked' ? n : n + file[key]), 0)
  const read = page.map((file) => shown(file, input))
  const body = {
    files: read,
    ...(!one && next < files.length && { next: String(next) }),
    totalFiles: files.length,
    isTotalLeast: worktree.isFolded === true,
    ...(!one && { contentId: worktree.git.contentId }),
    totalAdded: sum('added'),
    totalRemoved: sum('removed'),
    truncated: read.some(({ truncated }) => truncated),
  }
  return answer(world, worktree, body)
}

/** The list that `change` gives takes the place of git's, and everybody hears of it. */
export function changeGit(world, worktree, change) {
  const git = change(worktree.git)
  world.setFiles(worktree, worktree.files, git)
  return worktree.git
}

function pathsOf({ files = [], hunks = [], all }, every) {
  return all ? every : [...files, ...hunks.map(({ path }) => path)]
}

const without = (list, paths) => list.filter((path) => !paths.includes(path))
const withAll = (list, paths) => [...new Set([...list, ...paths])]

function comment(world, input) {
  const at = world.now()
  const row = { id: newId('cmt'), ...input, isOutdated: false, createdAt: at, updatedAt: at }
  const worktree = find(world, input.worktreeId)
  worktree.comments = [...(worktree.comments ?? []), row]
  world.emitWorkspace(worktree.workspaceId, 'comment_added', row)
  return { body: row, status: 201 }
}

function commentOf(worktree, id) {
  const found = worktree.comments?.find((one) => one.id === id)
  if (!found) throw notFound('comment')
  return found
}

function sendComments(world, { worktreeId, commentIds, text, agentId = newId('ag') }) {
  const worktree = find(world, worktreeId)
  const messageId = newId('msg')
  const sent = (worktree.comments ?? []).filter(({ id, sentAt }) => (commentIds ? commentIds.includes(id) : sentAt === undefined))
  if (sent.length === 0) throw new ApiError(409, 'CONFLICT', 'There are no comments to send.')
  for (const row of sent) Object.assign(row, { sentAt: world.now(), messageId, above: text })
  world.emitWorkspace(worktree.workspaceId, 'comment_sent', { worktreeId, messageId, agentId, commentIds: sent.map(({ id }) => id) })
  return { body: { agentId, messageId, sent: sent.length }, status: 202 }
}

function discard(world, input) {
  const worktree = find(world, input.worktreeId)
  const paths = pathsOf(input, worktree.files.map(({ path }) => path))
  const salvageId = newId('slv')
  worktree.salvages = [{ id: salvageId, madeAt: world.now(), act: 'discard_changes', state: 'none', commit: '0'.repeat(40), leftOut: 0, files: worktree.files, git: worktree.git }, ...(worktree.salvages ?? [])]
  worktree.files = worktree.files.filter(({ path }) => !paths.includes(path))
  const git = changeGit(world, worktree, (before) => ({ modified: without(before.modified, paths), untracked: without(before.untracked, paths), isClean: worktree.files.length === 0 }))
  return { body: { ...git, salvageId } }
}

function restore(world, input) {
  const worktree = find(world, input.worktreeId)
  const salvage = worktree.salvages?.find(({ id }) => id === input.salvageId)
  if (!salvage) return restoreSalvage(world, input)
  const isMeant = ({ path }) => input.paths?.includes(path) ?? true
  const back = salvage.files.filter(isMeant)
  worktree.files = [...worktree.files.filter(({ path }) => !back.some((file) => file.path === path)), ...back]
  const names = (list) => salvage.git[list].filter((path) => isMeant({ path }))
  changeGit(world, worktree, (now) => ({ modified: withAll(now.modified, names('modified')), untracked: withAll(now.untracked, names('untracked')), staged: withAll(now.staged, names('staged')), isClean: false }))
  const { files: _files, git: _git, ...before } = salvage
  return { body: { before } }
}

function commit(world, { worktreeId, message = 'as before', all, untracked }) {
  const worktree = find(world, worktreeId)
  if (untracked) diffOps.stage_changes(world, { worktreeId, all: true })
  const { staged, modified } = worktree.git
  if (staged.length === 0 && !all) throw new ApiError(409, 'CONFLICT', 'nothing is staged')
  if (message.includes('refused')) throw new ApiError(409, 'CONFLICT', 'the hook pre-commit refused: no tests')
  const gone = all ? [...staged, ...modified] : staged
  worktree.before = { files: worktree.files, git: worktree.git }
  worktree.files = worktree.files.filter(({ path }) => !gone.includes(path))
  changeGit(world, worktree, (git) => ({ staged: [], modified: all ? [] : git.modified, ahead: git.ahead + 1, isClean: worktree.files.length === 0 }))
  return { body: { id: 'a'.repeat(40), parents: ['b'.repeat(40)], summary: message.split('\n')[0], author: 'Ada', committedAt: world.now(), beforeId: 'b'.repeat(40) } }
}

function undoCommit(world, { worktreeId }) {
  const worktree = find(world, worktreeId)
  worktree.files = worktree.before.files
  changeGit(world, worktree, () => worktree.before.git)
  return { body: { id: 'b'.repeat(40), parents: [], summary: 'First', author: 'Ada', committedAt: world.now() } }
}

const blobOf = (worktree, path) => worktree.texts?.[path] ?? undefined

export const diffOps = {
  get_worktree_diff: readDiff,
  get_worktree_blob: (world, { worktreeId, path }) => {
    const worktree = find(world, worktreeId)
    const picture = worktree.pictures?.[path]
    const content = picture ?? (blobOf(worktree, path) === undefined ? undefined : Buffer.from(blobOf(worktree, path)).toString('base64'))
    if (content === undefined) throw notFound('file')
    const mediaType = picture ? 'image/png' : 'text/plain'
    return answer(world, worktree, { path, size: Buffer.from(content, 'base64').length, offset: 0, mediaType, isLink: false, content })
  },
  list_checkpoints: (world, { worktreeId }) => {
    const worktree = find(world, worktreeId)
    return answer(world, worktree, { checkpoints: (worktree.checkpoints ?? []).filter(({ id }) => id !== world.olderCheckpoint) })
  },
  list_comments: (world, { worktreeId }) => {
    const worktree = find(world, worktreeId)
    return answer(world, worktree, { comments: (worktree.comments ?? []).map((row) => ({ ...(!row.isOutdated && { currentLine: row.line }), ...row })) })
  },
  create_comment: comment,
  update_comment: (world, { worktreeId, commentId, body }) => {
    const worktree = find(world, worktreeId)
    const row = Object.assign(commentOf(worktree, commentId), { body, updatedAt: world.now() })
    world.emitWorkspace(worktree.workspaceId, 'comment_updated', row)
    return { body: row }
  },
  delete_comment: (world, { worktreeId, commentId }) => {
    const worktree = find(world, worktreeId)
    const row = commentOf(worktree, commentId)
    worktree.comments = worktree.comments.filter((one) => one !== row)
    world.deletedComments.set(commentId, row)
    world.emitWorkspace(worktree.workspaceId, 'comment_removed', row)
    return { status: 204 }
  },
  restore_comment: (world, { worktreeId, commentId }) => {
    const worktree = find(world, worktreeId)
    const row = world.deletedComments.get(commentId)
    if (!row) throw notFound('comment')
    world.deletedComments.delete(commentId)
    worktree.comments = [...worktree.comments, row]
    world.emitWorkspace(worktree.workspaceId, 'comment_added', row)
    return { body: row }
  },
  send_comments: sendComments,
  stage_changes: (world, input) => {
    const worktree = find(world, input.worktreeId)
    const paths = pathsOf(input, [...worktree.git.modified, ...worktree.git.untracked])
    return { body: changeGit(world, worktree, (git) => ({ staged: withAll(git.staged, paths), modified: without(git.modified, paths), untracked: without(git.untracked, paths) })) }
  },
  unstage_changes: (world, input) => {
    const worktree = find(world, input.worktreeId)
    const paths = pathsOf(input, worktree.git.staged)
    return { body: changeGit(world, worktree, (git) => ({ staged: without(git.staged, paths), modified: withAll(git.modified, paths) })) }
  },
  discard_changes: discard,
  list_salvages: (world, { worktreeId }) => {
    const salvages = (find(world, worktreeId).salvages ?? []).map(({ files, git, ...salvage }) => salvage)
    return { body: { salvages, total: salvages.length } }
  },
  restore_salvage: restore,
  commit_changes: commit,
  undo_commit: undoCommit,
  fetch_remote: (world, { worktreeId }) => ({ body: find(world, worktreeId).git }),
  push_branch: (world, { worktreeId }) => {
    const worktree = find(world, worktreeId)
    const { branch } = changeGit(world, worktree, () => ({ ahead: 0, upstream: `origin/${worktree.branch}` }))
    return { body: { remote: 'origin', branch } }
  },
  pull_branch: (world, { worktreeId }) => {
    changeGit(world, find(world, worktreeId), () => ({ behind: 0 }))
    return { body: { inProgress: 'none', conflicts: [], conflictCount: 0 } }
  },
  cancel_change: (world, { worktreeId }) => {
    world.cancelled = worktreeId
    return { body: { cancelled: 1 } }
  },
}

const digest = (text) => createHash('sha256').update(text).digest('hex')

/** One changed file of `n` lines: a few hunks of TypeScript with replaced lines. */
function bigFile(at, n) {
  const lines = Array.from({ length: n }, (_, line) => {
    const text = `export const value${line} = compute(${at}, '${line}') // file ${at}`
    if (line % 10 === 4) return { type: 'removed', oldLine: line + 1, text, changed: [{ start: 13, length: 5 }] }
    if (line % 10 === 5) return { type: 'added', newLine: line, text: text.replace('value', 'result'), changed: [{ start: 13, length: 6 }] }
    return { type: 'context', oldLine: line + 1, newLine: line + 1, text }
  })
  const count = Math.ceil(n / 10)
  return {
    path: `src/part${String(Math.floor(at / 100)).padStart(2, '0')}/file${String(at).padStart(4, '0')}.ts`,
    status: 'modified',
    added: count,
    removed: count,
    size: n * 60,
    isBinary: false,
    truncated: false,
    hunks: [{ id: digest(`${at}`), oldStart: 1, oldLines: n, newStart: 1, newLines: n, section: `part ${at}`, lines }],
  }
}

/** A diff of `count` files with `lines` lines each. */
export function bigDiff(count, lines) {
  return Array.from({ length: count }, (_, at) => bigFile(at, lines))
}
