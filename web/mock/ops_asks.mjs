// Asks, their answers and the rules that give them, as far as a page can see them.
import { ApiError, newId, notFound, orgTopic, shortened } from './world.mjs'

const get = (map, id, what) => {
  const found = map.get(id)
  if (!found) throw notFound(what)
  return found
}
const at = (world, body) => ({ body, cursors: [world.streams.cursor(orgTopic('inbox'))] })
const invalid = (field, text) => new ApiError(400, 'VALIDATION_ERROR', text, { [field]: [text] })

function notifyRules(world) {
  world.streams.emit(orgTopic('inbox'), 'rules_changed', { orgId: 'org_00000000000000000000000000' })
}

const listed = (world) => world.rules.map((rule, position) => ({ ...rule, position }))

const quoted = (word) => new RegExp(`^${word.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')}$`)

/** `*` within a word, `**` at the end for any further words. */
function isLike(pattern, text) {
  const [wanted, words] = [pattern.split(' '), text.split(' ')]
  const isOpen = wanted.at(-1) === '**'
  const fixed = isOpen ? wanted.slice(0, -1) : wanted
  return (isOpen ? words.length >= fixed.length : words.length === fixed.length) && fixed.every((word, n) => quoted(word).test(words[n]))
}

/** Why the rule does not match; undefined: it does. */
function whyNot(rule, { tool, input, subjectId, agentId, workspaceId, worktreeId }) {
  if (rule.enabled === false) return 'The rule is not enabled.'
  if (rule.workspaceId && rule.workspaceId !== workspaceId) return 'It is of another workspace.'
  if (rule.worktreeId && rule.worktreeId !== worktreeId) return 'It is of another worktree.'
  if (rule.agentId && rule.agentId !== (agentId ?? subjectId)) return 'It is of another agent.'
  if (rule.tool && !isLike(rule.tool, tool)) return 'Its tool does not match.'
  if (rule.command && input?.command === undefined) return 'It runs no command.'
  if (rule.command && rule.decision === 'allow' && /[;&|<>$`\n]/.test(input.command)) return 'The command has an operator.'
  if (rule.command && !isLike(rule.command, input.command)) return 'Its command does not match.'
  if (rule.path && !isLike(rule.path.replace('/**', '/*'), input?.file_path?.split('/').slice(-2).join('/') ?? '')) return 'Not every file that it names matches the path.'
  return undefined
}

function checked(values) {
  if (values.command?.includes('|')) throw invalid('command', 'a rule cannot allow this: the command has an operator')
  if (values.decision === 'allow' && !values.tool && !values.command && !values.path) throw invalid('tool', 'a rule that allows needs a tool, a path or a command')
  return values
}

function tried(world, { before, examine, limit = 50, call, ruleId, position, ...rule }) {
  const past = [...world.asks.values()].filter(({ kind, state }) => kind === 'permission' && state !== 'open').toReversed()
  const matched = examine === 0 ? [] : past.filter((ask) => !whyNot(rule, ask))
  const ofPerson = matched.filter(({ decidedBy }) => decidedBy === 'person')
  const same = ofPerson.filter(({ decision }) => (rule.decision === 'deny') === (decision === 'deny')).length
  const front = call && listed(world).find((one) => one.id !== ruleId && one.position < (position ?? 200) && !whyNot(one, call))
  const why = call && whyNot(rule, call)
  return {
    examined: examine === 0 ? 0 : past.length,
    matched: matched.length,
    earlier: 0,
    same,
    other: ofPerson.length - same,
    unknown: 0,
    asks: matched.slice(0, limit).map(({ id, subjectKind, subjectId, tool, title, state, decision, decidedBy, createdAt }) => ({ id, subjectKind, subjectId, tool, title, state, decision, decidedBy, createdAt })),
    ...(call && { call: { isMatched: why === undefined, ...(why && { why }), ...(front && { earlierId: front.id }) } }),
  }
}

function addRule(world, { position = world.rules.length, ...values }) {
  const now = world.now()
  const rule = { id: newId('rul'), enabled: true, ...checked(values), createdBy: 'usr_00000000000000000000000000', matched: 0, createdAt: now, updatedAt: now }
  world.rules = world.rules.toSpliced(position, 0, rule)
  notifyRules(world)
  return listed(world).find(({ id }) => id === rule.id)
}

function remembered(world, ask, { decision, remember }) {
  const { command } = ask.input ?? {}
  if (/[;&|<>$`\n]/.test(command ?? '')) throw invalid('remember', 'this answer cannot be remembered: its command is not one simple command, or it is too long')
  const scope = remember === 'agent' ? { agentId: ask.subjectId } : { workspaceId: ask.workspaceId }
  return addRule(world, { decision, tool: ask.tool, ...(command && { command }), ...scope }).id
}

export const askOps = {
  list_asks: (world, { state, subjectId, limit = 100 }) => {
    const asks = [...world.asks.values()].filter((ask) => (state === undefined || ask.state === state) && (subjectId === undefined || ask.subjectId === subjectId))
    return at(world, { asks: asks.toReversed().slice(0, Number(limit)).map(shortened) })
  },
  get_ask: (world, { askId }) => at(world, get(world.asks, askId, 'ask')),
  answer_ask: (world, { askId, ...answer }) => {
    const ask = get(world.asks, askId, 'ask')
    world.answers.push({ askId, ...answer })
    if (ask.state !== 'open') throw new ApiError(409, 'CONFLICT', `this ask is already ${ask.state}`)
    if (answer.digest !== ask.digest) throw new ApiError(409, 'CONFLICT', 'the ask has changed since it was shown; read it again before you answer')
    if (answer.comments && (ask.kind !== 'plan' || answer.decision !== 'deny')) throw invalid('comments', 'comments send a plan back: they need the decision `deny`')
    const rememberedId = answer.remember && remembered(world, ask, answer)
    world.settleAsk(ask, { decision: answer.decision, decidedBy: 'person', answeredBy: 'usr_00000000000000000000000000', ...(answer.message && { message: answer.message }), ...(rememberedId && { rememberedId }) }, answer)
    return at(world, ask)
  },
  list_rules: (world) => at(world, { rules: listed(world) }),
  create_rule: (world, values) => ({ ...at(world, addRule(world, values)), status: 201 }),
  update_rule: (world, { ruleId, ...values }) => {
    const rule = get(new Map(world.rules.map((one) => [one.id, one])), ruleId, 'rule')
    const { id, createdBy, matched, lastMatchedAt, createdAt } = rule
    const next = { id, ...checked(values), createdBy, matched, ...(lastMatchedAt && { lastMatchedAt }), createdAt, updatedAt: world.now() }
    world.rules = world.rules.map((one) => (one.id === ruleId ? next : one))
    notifyRules(world)
    return at(world, listed(world).find((one) => one.id === ruleId))
  },
  delete_rule: (world, { ruleId }) => {
    world.rules = world.rules.filter(({ id }) => id !== ruleId)
    notifyRules(world)
    return { status: 204 }
  },
  reorder_rules: (world, { ruleIds }) => {
    world.rules = ruleIds.map((ruleId) => world.rules.find(({ id }) => id === ruleId))
    notifyRules(world)
    return at(world, { rules: listed(world) })
  },
  try_rule: (world, input) => {
    checked(input)
    return at(world, tried(world, input))
  },
}
