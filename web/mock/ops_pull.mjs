// Pull requests as a host would show them: `world.pulls`, each with its checks and its comments.
import { ApiError, newId, notFound } from './world.mjs'

const pullsOf = (world) => world.pulls ?? []
const row = ({ checkRows: _checks, comments: _comments, ...pull }) => pull

function find(world, number) {
  const pull = pullsOf(world).find((one) => one.number === Number(number))
  if (!pull) throw notFound('pull request')
  return pull
}

/** A pull request of that branch. */
export function addPull(world, { head, checkRows = [], comments = [], ...fields }) {
  const number = 1 + pullsOf(world).length
  const pull = {
    number, title: `Work on ${head}`, state: 'open', isDraft: false, author: 'alice', base: 'main', head, mergeable: 'mergeable', review: 'none', checks: 'none',
    url: `https://github.com/me/harbor/pull/${number}`, createdAt: world.now(), updatedAt: world.now(), checkRows, comments, ...fields,
  }
  world.pulls = [pull, ...pullsOf(world)]
  return pull
}

export const reviewComment = (id, threadId, path, line, body, more = {}) => ({
  id, threadId, path, line, side: 'new', author: 'bob', body, isBodyCut: false, isResolved: false, isOutdated: false, createdAt: '2026-11-20T10:00:00.000000Z', ...more,
})

export const pullOps = {
  list_pull_requests: (world) => ({ body: { pullRequests: pullsOf(world).map(row) } }),
  list_pull_request_checks: (world, { number }) => ({ body: { checks: find(world, number).checkRows } }),
  list_review_comments: (world, { number }) => ({ body: { comments: find(world, number).comments } }),
  create_pull_request: (world, { worktreeId, title, body, draft = false }) => {
    const { branch } = world.worktrees.get(worktreeId)
    if (title === 'refused') throw new ApiError(409, 'CONFLICT', 'gh: the remote refused the branch')
    const pull = addPull(world, { head: branch, title, isDraft: draft })
    world.opened = { title, body, draft }
    return { status: 201, body: { ...row(pull), existed: false, pushed: true } }
  },
  send_review_comments: (world, input) => {
    const open = find(world, input.number).comments.filter(({ isResolved }) => !isResolved).map(({ id }) => id)
    world.sentReview = [...(world.sentReview ?? []), { agentId: input.agentId, commentIds: input.commentIds ?? open }]
    return { status: 202, body: { agentId: input.agentId, messageId: newId('msg'), sent: (input.commentIds ?? open).length } }
  },
}
