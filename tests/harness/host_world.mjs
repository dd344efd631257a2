// What GitHub and GitLab answer about one repository, from one description of it. The rows are those of
// docs.github.com/graphql and docs.gitlab.com/api; a test writes what both have, in words of its own:
//   pulls   {number, title, body, author, base, head, draft, state, mergeable, review, checks, headId, fork}
//   checks  {number of a pull request: [{name, group, state, detail, url, started, ended}]}
//   threads {number of a pull request: [{id, path, line, startLine, side, resolved, outdated, comments: [{id, author, body}]}]}
//   issues  {number, title, body, author, state, labels}
const AT = '2026-11-20T10:00:00Z'
const upper = (word) => word.toUpperCase()

/** {status, body} for a request {method, path, body} to that service. */
export function answer(service, world, request) {
  return service === 'github' ? github(world, request) : gitlab(world, request)
}

function create(world, { title, body, head, base, draft }) {
  if (world.pulls.some((pull) => pull.state === 'open' && pull.head === head && pull.base === base && !pull.fork)) return undefined
  const number = 1 + Math.max(0, ...world.pulls.map((pull) => pull.number), ...world.issues.map((issue) => issue.number))
  const pull = { number, title, body, author: world.login, base, head, draft, state: 'open' }
  world.pulls.unshift(pull)
  return pull
}

// --- GitHub ---------------------------------------------------------------------------------------------------

const author = (name) => (name ? { login: name } : null)
const page = (rows, { first, after }) => {
  const start = after ? Number(Buffer.from(after, 'base64').toString()) : 0
  const end = Math.min(rows.length, start + first)
  return { nodes: rows.slice(start, end), pageInfo: { hasNextPage: end < rows.length, endCursor: Buffer.from(String(end)).toString('base64') } }
}

const ROLLUPS = { passed: 'SUCCESS', failed: 'FAILURE', running: 'PENDING', queued: 'EXPECTED' }
const REVIEWS = { approved: 'APPROVED', changes_requested: 'CHANGES_REQUESTED', required: 'REVIEW_REQUIRED' }
const githubPull = (world) => (pull) => ({
  number: pull.number, title: pull.title, isDraft: pull.draft ?? false, state: upper(pull.state), mergeable: upper(pull.mergeable ?? 'unknown'),
  reviewDecision: REVIEWS[pull.review] ?? null, url: `https://${world.host}/${world.project}/pull/${pull.number}`,
  createdAt: AT, updatedAt: AT, headRefName: pull.head, baseRefName: pull.base, headRefOid: pull.headId ?? null,
  isCrossRepository: pull.fork !== undefined, headRepositoryOwner: author(pull.fork ?? world.project.split('/')[0]), author: author(pull.author),
  commits: { nodes: [{ commit: { statusCheckRollup: pull.checks && pull.checks !== 'none' ? { state: ROLLUPS[pull.checks] } : null } }] }, body: pull.body ?? '',
})
const CONCLUSIONS = { passed: 'SUCCESS', failed: 'FAILURE', cancelled: 'CANCELLED', skipped: 'SKIPPED', neutral: 'NEUTRAL' }
const githubCheck = (check) =>
  check.group
    ? {
        __typename: 'CheckRun', name: check.name, status: CONCLUSIONS[check.state] ? 'COMPLETED' : check.state === 'running' ? 'IN_PROGRESS' : 'QUEUED',
        conclusion: CONCLUSIONS[check.state] ?? null, title: check.detail ?? null, detailsUrl: check.url ?? null,
        startedAt: check.started ?? null, completedAt: check.ended ?? null, checkSuite: { workflowRun: { workflow: { name: check.group } } },
      }
    : { __typename: 'StatusContext', context: check.name, state: ROLLUPS[check.state], description: check.detail ?? null, targetUrl: check.url ?? null, createdAt: AT }
const githubThread = (world, number) => (thread) => ({
  id: thread.id, isResolved: thread.resolved ?? false, isOutdated: thread.outdated ?? false, path: thread.path,
  line: thread.outdated ? null : (thread.line ?? null), startLine: thread.startLine ?? null, originalLine: thread.line ?? null, diffSide: thread.side === 'old' ? 'LEFT' : 'RIGHT',
  comments: { nodes: thread.comments.map((row) => ({ id: row.id, body: row.body, url: `https://${world.host}/${world.project}/pull/${number}#r${row.id}`, createdAt: AT, author: author(row.author) })) },
})
const githubIssue = (world) => (issue) => ({
  number: issue.number, title: issue.title, state: upper(issue.state), url: `https://${world.host}/${world.project}/issues/${issue.number}`,
  author: author(issue.author), createdAt: AT, updatedAt: AT, labels: { nodes: (issue.labels ?? []).map((name) => ({ name })) }, body: issue.body ?? '',
})

function github(world, { method, path, body }) {
  if (path === 'user') return { status: 200, body: { login: world.login, id: 1 } }
  if (path === 'graphql') return graphql(world, JSON.parse(body))
  if (method !== 'POST' || path !== `repos/${world.project}/pulls`) return { status: 404, body: { message: 'Not Found' } }
  const wanted = JSON.parse(body)
  const pull = create(world, wanted)
  const again = `A pull request already exists for ${world.project.split('/')[0]}:${wanted.head}.`
  if (!pull) return { status: 422, body: { message: 'Validation Failed', errors: [{ resource: 'PullRequest', code: 'custom', message: again }] } }
  const { number, title, draft, head, base } = pull
  return {
    status: 201,
    body: { number, title, state: 'open', draft, user: { login: world.login }, head: { ref: head, sha: pull.headId ?? '0'.repeat(40) }, base: { ref: base }, html_url: `https://${world.host}/${world.project}/pull/${number}`, created_at: AT, updated_at: AT },
  }
}

function graphql(world, { query, variables: v }) {
  const name = /^query (\w+)/.exec(query)[1]
  const missing = (message) => ({ status: 200, body: { data: null, errors: [{ type: 'NOT_FOUND', message }] } })
  if (`${v.owner}/${v.name}` !== world.project) return missing(`Could not resolve to a Repository with the name '${v.owner}/${v.name}'.`)
  const pull = world.pulls.find(({ number }) => number === v.number)
  const issue = world.issues.find(({ number }) => number === v.number)
  const kind = /issue\(/.test(query) ? 'Issue' : 'PullRequest'
  if (v.number !== undefined && !(kind === 'Issue' ? issue : pull)) return missing(`Could not resolve to ${kind === 'Issue' ? 'an' : 'a'} ${kind} with the number of ${v.number}.`)
  const isWanted = ({ state }) => v.states.includes(upper(state))
  const replies = {
    PullRequests: () => ({ pullRequests: page(world.pulls.filter(isWanted).map(githubPull(world)), v) }),
    PullRequest: () => ({ pullRequest: githubPull(world)(pull) }),
    PullRequestsOfBranch: () => ({ pullRequests: { nodes: world.pulls.filter((row) => row.state === 'open' && row.head === v.head && row.base === v.base).map(githubPull(world)) } }),
    Checks: () => ({ pullRequest: { commits: { nodes: [{ commit: { statusCheckRollup: world.checks[v.number] ? { contexts: page(world.checks[v.number].map(githubCheck), v) } : null } }] } } }),
    ReviewThreads: () => ({ pullRequest: { reviewThreads: page((world.threads[v.number] ?? []).map(githubThread(world, v.number)), v) } }),
    Issues: () => ({ issues: page(world.issues.filter(isWanted).map(githubIssue(world)), v) }),
    Issue: () => ({ issue: githubIssue(world)(issue) }),
  }
  return { status: 200, body: { data: { repository: replies[name]() } } }
}

// --- GitLab ---------------------------------------------------------------------------------------------------

const user = (name) => (name ? { username: name } : null)
const JOBS = { passed: 'success', failed: 'failed', running: 'running', queued: 'pending', cancelled: 'canceled', skipped: 'skipped', neutral: 'manual' }
const gitlabPull = (world, whole) => (pull) => ({
  iid: pull.number, title: pull.draft ? `Draft: ${pull.title}` : pull.title, description: pull.body ?? '', state: pull.state === 'open' ? 'opened' : pull.state,
  draft: pull.draft ?? false, author: user(pull.author), source_branch: pull.head, target_branch: pull.base, sha: pull.headId ?? null,
  source_project_id: pull.fork === undefined ? 7 : 8, target_project_id: 7, has_conflicts: pull.mergeable === 'conflicting',
  merge_status: { mergeable: 'can_be_merged', conflicting: 'cannot_be_merged' }[pull.mergeable] ?? 'unchecked',
  web_url: `https://${world.host}/${world.project}/-/merge_requests/${pull.number}`, created_at: AT, updated_at: AT,
  ...(whole && { head_pipeline: pull.checks && pull.checks !== 'none' ? { id: pull.number, status: JOBS[pull.checks] } : null }),
})
const gitlabIssue = (world) => (issue) => ({
  iid: issue.number, title: issue.title, description: issue.body ?? null, state: issue.state === 'open' ? 'opened' : issue.state, author: user(issue.author),
  labels: issue.labels ?? [], web_url: `https://${world.host}/${world.project}/-/issues/${issue.number}`, created_at: AT, updated_at: AT,
})
const gitlabThread = (thread) => ({
  id: thread.id, individual_note: false,
  notes: [
    { id: 1, type: null, system: true, body: 'changed this line', author: user('gitlab'), created_at: AT },
    ...thread.comments.map((row) => ({
      id: Number(row.id), type: 'DiffNote', system: false, body: row.body, author: user(row.author), created_at: AT, resolvable: true, resolved: thread.resolved ?? false,
      position: { new_path: thread.path, old_path: thread.path, new_line: thread.side === 'old' ? null : thread.line, old_line: thread.side === 'old' ? thread.line : null },
    })),
  ],
})

function gitlab(world, { method, path, body }) {
  const url = new URL(path, 'http://there/')
  const query = Object.fromEntries(url.searchParams)
  const ok = (value) => ({ status: 200, body: value })
  const listed = (rows) => ok(rows.slice((Number(query.page ?? 1) - 1) * Number(query.per_page ?? 20), Number(query.page ?? 1) * Number(query.per_page ?? 20)))
  const missing = { status: 404, body: { message: '404 Not Found' } }
  if (url.pathname === '/user') return ok({ username: world.login, id: 1 })
  const jobs = /^\/projects\/7\/pipelines\/(\d+)\/jobs$/.exec(url.pathname)
  if (jobs) return listed(world.checks[jobs[1]].map((row, i) => ({ id: i, name: row.name, stage: row.group ?? 'test', status: JOBS[row.state], web_url: row.url ?? null, failure_reason: row.detail ?? null, started_at: row.started ?? null, finished_at: row.ended ?? null })))
  const project = `/projects/${encodeURIComponent(world.project)}`
  if (!url.pathname.startsWith(project)) return { status: 404, body: { message: '404 Project Not Found' } }
  const [, noun, number, part] = url.pathname.slice(project.length).split('/')
  const rows = noun === 'issues' ? world.issues : world.pulls
  const row = rows.find((one) => one.number === Number(number))
  if (method === 'POST') {
    const wanted = JSON.parse(body)
    const draft = wanted.title.startsWith('Draft: ')
    const pull = create(world, { title: wanted.title.replace(/^Draft: /, ''), body: wanted.description, head: wanted.source_branch, base: wanted.target_branch, draft })
    return pull ? { status: 201, body: gitlabPull(world, true)(pull) } : { status: 409, body: { message: ['Another open merge request already exists for this source branch: !1'] } }
  }
  if (number === undefined) {
    const isWanted = (one) => (query.state === 'all' || query.state === (one.state === 'open' ? 'opened' : one.state)) && (!query.source_branch || (one.head === query.source_branch && one.base === query.target_branch))
    return listed(rows.filter(isWanted).map(noun === 'issues' ? gitlabIssue(world) : gitlabPull(world, false)))
  }
  if (!row) return missing
  const parts = {
    approvals: () => ok({ approved_by: row.review === 'approved' ? [{ user: user('boss') }] : [], approvals_left: row.review === 'required' ? 1 : 0 }),
    pipelines: () => ok(world.checks[number] ? [{ id: Number(number), project_id: 7 }] : []),
    discussions: () => listed([{ id: 'overview', individual_note: true, notes: [{ id: 2, type: null, system: false, body: 'Nice', author: user('boss'), created_at: AT }] }, ...(world.threads[number] ?? []).map(gitlabThread)]),
  }
  return part ? (parts[part]?.() ?? missing) : ok((noun === 'issues' ? gitlabIssue(world) : gitlabPull(world, true))(row))
}
