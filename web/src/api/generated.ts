// Written by muster-gen from the tables of the daemon. Do not edit; run ./dev fmt.

export type AdapterName =
  | 'claude'
  | 'terminal'

export type AgentMode =
  | 'regular'
  | 'plan'
  | 'auto'

export type AgentPermission =
  | 'read'
  | 'write'
  | 'execute'

export type AgentReason =
  | 'not_started'
  | 'starting'
  | 'working'
  | 'retrying'
  | 'held'
  | 'permission'
  | 'question'
  | 'plan'
  | 'ready'
  | 'turn_done'
  | 'stopped'
  | 'exited'
  | 'interrupted'
  | 'api'
  | 'exit'
  | 'hold_lost'
  | 'disk_full'
  | 'missing_cli'
  | 'limit'

export type AgentStatusWord =
  | 'running'
  | 'waiting'
  | 'finished'
  | 'error'

export type AskDecision =
  | 'allow'
  | 'allow_always'
  | 'deny'
  | 'answer'

export type AskKind =
  | 'permission'
  | 'question'
  | 'plan'

export type AskState =
  | 'open'
  | 'answered'
  | 'cancelled'
  | 'void'

export type CancelWhy =
  | 'cancelled'
  | 'turn_end'
  | 'exit'

export type CheckWord =
  | 'ok'
  | 'error'
  | 'unknown'

export type GitFileStatus =
  | 'added'
  | 'modified'
  | 'deleted'
  | 'renamed'
  | 'copied'
  | 'typeChanged'
  | 'conflicted'
  | 'untracked'

export type GitLineType =
  | 'context'
  | 'added'
  | 'removed'

export type HealthCheckName =
  | 'database'
  | 'home'
  | 'space'
  | 'launches'

export type HealthWord =
  | 'ok'
  | 'degraded'

export type MessageRole =
  | 'user'
  | 'assistant'
  | 'system'
  | 'tool'

export type MessageState =
  | 'queued'
  | 'sent'
  | 'delivery_unknown'
  | 'unanswered'
  | 'withdrawn'

export type NoticeLevel =
  | 'info'
  | 'warning'
  | 'error'

export type ProcessWord =
  | 'running'
  | 'stopped'

export type SendWord =
  | 'sent'
  | 'queued'

export type SettingWord =
  | 'number'
  | 'boolean'
  | 'text'
  | 'lines'

export type StatusSource =
  | 'protocol'
  | 'event'
  | 'process'
  | 'user'
  | 'supervisor'

export type StorageKind =
  | 'events'
  | 'messages'
  | 'asks'
  | 'launches'
  | 'usage'
  | 'other'
  | 'logs'

export type ToolKind =
  | 'other'
  | 'read'
  | 'edit'
  | 'execute'
  | 'search'
  | 'fetch'
  | 'plan'
  | 'ask'
  | 'agent'

export type TurnOutcome =
  | 'ok'
  | 'error'
  | 'interrupted'
  | 'unknown'

export type UsagePeriod =
  | 'daily'
  | 'weekly'
  | 'monthly'

export type WorktreeSort =
  | 'free'
  | 'status'
  | 'name'

export type ErrorCode =
  | 'VALIDATION_ERROR'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'CONFLICT'
  | 'MISSING_CLI'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'MISDIRECTED'
  | 'UPGRADE_REQUIRED'
  | 'RATE_LIMITED'
  | 'INTERNAL_ERROR'
  | 'GIT_ERROR'
  | 'PROCESS_ERROR'
  | 'NOT_IMPLEMENTED'
  | 'PROVIDER_ERROR'
  | 'BUSY'
  | 'TIMEOUT'
  | 'DISK_FULL'

export type ApiError = { code: string; message: string; details?: Record<string, string[]> }

export type Cursor = {
  /** The stream (at most 200 bytes) */
  topic: string
  /** Changes when numbers can no longer be trusted (at least 0) */
  generation: number
  /** Number of the last event (at least 0) */
  seq: number
}

export type Agent = {
  /** The agent */
  id: string
  /** Where it works */
  worktreeId: string
  /** Of which repository */
  workspaceId: string
  /** Shown in lists (1 to 100 characters) */
  name: string
  /** running, waiting, finished or error */
  status: AgentStatusWord
  /** Why the status is what it is */
  statusReason: AgentReason
  /** Who said so */
  statusSource: StatusSource
  /** When this status began */
  statusSince?: string
  /** What it waits for, or what failed (at most 2000 bytes) */
  statusDetail?: string
  /** Commands that still run after its turn (at least 0) */
  backgroundCommands?: number
  /** Percent of the model's window in use (0 to 100) */
  contextLevel: number
  /** The window is a default: the CLI has not reported it for this model yet */
  contextAssumed?: boolean
  /** regular, plan or auto */
  mode: AgentMode
  /** read, write, execute: allowed without asking */
  permissions: AgentPermission[]
  /** Place in its worktree (at least 0) */
  displayOrder: number
  /** The CLI that it runs; terminal: any command */
  adapter: AdapterName
  /** terminal: program and arguments (at most 256 items) */
  command?: string[]
  /** The model that was asked for; the CLI's own default when left out (at most 256 bytes) */
  model?: string
  /** Own limits; the settings otherwise */
  limits?: AgentLimits
  /** Talks to the scripted model */
  isDemo?: boolean
  /** Of the running program (at least 0) */
  pid?: number
  /** The CLI's conversation (at most 256 bytes) */
  sessionId?: string
  /** Its newest launch */
  launchId?: string
  /** When it was made */
  createdAt: string
  /** When it last changed */
  updatedAt: string
  /** When its newest launch began */
  startedAt?: string
  /** When its newest launch ended */
  stoppedAt?: string
  /** When it was archived */
  deletedAt?: string
  /** Forked from */
  parentAgentId?: string
}

export type AgentCreate = {
  /** Where it works */
  worktreeId: string
  /** Shown in lists; default: how the prompt begins, or Agent, and a number where that is taken (1 to 100 characters) */
  name?: string
  /** regular, plan or auto */
  mode?: AgentMode
  /** Allowed without asking: read, write, execute; default read */
  permissions?: AgentPermission[]
  /** Sent at the first start (at most 50000 characters) */
  initialPrompt?: string
  /** The CLI that it runs; terminal: any command */
  adapter?: AdapterName
  /** terminal: program and arguments (at most 256 items) */
  command?: string[]
  /** Default: the CLI's (at most 256 bytes) */
  model?: string
  /** Default: the settings */
  limits?: AgentLimits
}

export type AgentDelete = {
  /** The agent */
  agentId: string
  /** false deletes it for good, with messages, events, inputs and logs: backups of the store and the CLI's own transcript stay; default: it can be restored */
  archive?: boolean
}

export type AgentInterrupt = {
  /** The agent */
  agentId: string
  /** The prompt whose turn is meant: 409 when another one runs by now */
  messageId?: string
}

export type AgentLimits = {
  /** Longest life of one launch, seconds; 0 = none (0 to 6000000) */
  wallSeconds?: number
  /** Memory of the whole process tree, MiB; 0 = none (0 to 4194304) */
  memoryMib?: number
  /** Processes of the whole tree; 0 = none (0 to 100000) */
  processes?: number
  /** Output of one launch, as its log holds it, MiB; 0 = none (0 to 16777216) */
  outputMib?: number
}

export type AgentListIn = {
  /** Only of this worktree */
  worktreeId?: string
  /** Only with this status */
  status?: AgentStatusWord
  /** Archived ones too, behind the others */
  includeDeleted?: boolean
  /** At most so many (1 to 2000) */
  limit?: number
  /** Those behind this agent; default: from the first */
  after?: string
}

export type AgentListOut = {
  /** By place in their worktree (at most 2000 items) */
  agents: Agent[]
  /** There are more behind these */
  hasMore: boolean
  /** `after` of the page that comes next */
  nextCursor?: string
}

export type AgentOrder = {
  /** The agent */
  id: string
  /** Its place (at least 0) */
  order: number
}

export type AgentOrders = {
  /** Places (at most 1000 items) */
  agents: AgentOrder[]
}

export type AgentPath = {
  /** The agent */
  agentId: string
}

export type AgentReorder = {
  /** Whose agents */
  worktreeId: string
  /** In their new order (1 to 1000 items) */
  agentIds: string[]
}

export type AgentStartIn = {
  /** The agent */
  agentId: string
  /** Sent first (at most 50000 characters) */
  initialPrompt?: string
}

export type AgentStatus = {
  /** running, waiting, finished or error */
  status: AgentStatusWord
  /** Why the status is what it is */
  reason: AgentReason
  /** Who said so */
  source: StatusSource
  /** When this status and reason began */
  since?: string
  /** What it waits for, or what failed: a tool, an error text (at most 2000 bytes) */
  detail?: string
  /** Commands that still run after the turn (at least 0) */
  backgroundCommands?: number
  /** Of an event that changes the status: what it was before */
  previous?: AgentStatusWord
}

export type AgentStatusOut = {
  /** The agent */
  id: string
  /** running, waiting, finished or error */
  status: AgentStatusWord
  /** Why */
  statusReason: AgentReason
  /** What it waits for, or what failed (at most 2000 bytes) */
  statusDetail?: string
  /** running or stopped */
  processStatus: ProcessWord
  /** Its program lives */
  isRunning: boolean
  /** Percent of the model's window in use (0 to 100) */
  contextLevel: number
  /** Of the running program (at least 0) */
  pid?: number
  /** Of its whole tree; left out when not measured (at least 0) */
  memoryBytes?: number
  /** Of its whole tree; left out when not measured (at least 0) */
  processes?: number
}

export type AgentStopIn = {
  /** The agent */
  agentId: string
  /** Kill at once, without asking it to end */
  force?: boolean
}

export type AgentUpdate = {
  /** The agent */
  agentId: string
  /** Shown in lists (1 to 100 characters) */
  name?: string
  /** regular, plan or auto; a running agent changes at once */
  mode?: AgentMode
  /** Allowed without asking; from the next start */
  permissions?: AgentPermission[]
  /** From the next start */
  limits?: AgentLimits
}

export type Ask = {
  /** The ask */
  id: string
  /** agent (at most 32 bytes) */
  subjectKind: string
  /** Who asks */
  subjectId: string
  /** Of an agent's ask: where it works */
  worktreeId?: string
  /** Of an agent's ask: of which repository */
  workspaceId?: string
  /** permission, question or plan */
  kind: AskKind
  /** The tool that it is about (at most 256 bytes) */
  tool: string
  /** One line: the command, the file, the question (at most 500 bytes) */
  title?: string
  /** Why the CLI asks (at most 2000 bytes) */
  reason?: string
  /** Id of the tool call (at most 256 bytes) */
  toolId?: string
  /** Text of the plan to review (at most 8192 bytes) */
  plan?: string
  /** Arguments as JSON; left out a day after it was settled (at most 8388608 bytes) */
  input?: unknown
  /** The input is cut, as lists show a large one: get_ask tells it whole */
  truncated?: boolean
  /** Bytes of the whole input, where it is cut (at least 0) */
  size?: number
  /** What allow_always would grant, as the CLI offers it (at most 65536 bytes) */
  suggestions?: unknown
  /** SHA-256 of tool and canonical arguments: what the answer is bound to (at most 64 bytes) */
  digest: string
  /** open, answered, cancelled or void */
  state: AskState
  /** How it was answered */
  decision?: AskDecision
  /** What was said to the agent (at most 4000 characters) */
  message?: string
  /** Who answered (at most 64 bytes) */
  answeredBy?: string
  /** When it was asked */
  createdAt: string
  /** When it was answered, cancelled or void */
  answeredAt?: string
}

export type AskAnswerIn = {
  /** The ask */
  askId: string
  /** allow, allow_always, deny, or answer (a question) */
  decision: AskDecision
  /** Said to the agent, with deny (at most 4000 characters) */
  message?: string
  /** Edited arguments (allow), or question → answer (answer) (at most 983040 bytes) */
  input?: unknown
  /** Digest of what was shown: refused when the ask is another one (at most 64 bytes) */
  digest?: string
  /** With deny: end the turn too */
  interrupt?: boolean
}

export type AskChanged = {
  /** The ask */
  id: string
  /** agent (at most 32 bytes) */
  subjectKind: string
  /** Who asked */
  subjectId: string
  /** What became of it */
  state: AskState
  /** How it was answered */
  decision?: AskDecision
}

export type AskListIn = {
  /** Only these; all when left out */
  state?: AskState
  /** Of which kind; default: agent (at most 32 bytes) */
  subjectKind?: string
  /** Only of this subject: an agent's id */
  subjectId?: string
  /** At most so many, newest first (1 to 200) */
  limit?: number
}

export type AskListOut = {
  /** Newest first (at most 200 items) */
  asks: Ask[]
}

export type AskPath = {
  /** The ask */
  askId: string
}

export type Browse = {
  /** Folder to list; default: the first root (1 to 4096 bytes) */
  path?: string
}

export type CliInstall = {
  /** The program is installed */
  found: boolean
  /** Where (at most 4096 bytes) */
  path?: string
  /** What it says of itself; absent until it has been asked (at most 64 bytes) */
  version?: string
  /** A key or a login was found */
  loginFound: boolean
  /** A program for the demo's agents was found: this one, or the one that `./dev run --demo` keeps */
  demoFound: boolean
  /** What installs it (at most 256 bytes) */
  installCommand: string
}

export type DemoStarted = {
  /** The sample repository, opened */
  workspace: Workspace
  /** The scripted model's address (at most 256 bytes) */
  modelUrl: string
}

export type DiffRead = {
  /** The workspace */
  workspaceId: string
  /** The worktree */
  worktreeId: string
  /** Only this file (1 to 4096 bytes) */
  path?: string
  /** First file of the window (0 to 5000) */
  offset?: number
  /** Number of files in the window (1 to 200) */
  limit?: number
  /** Hunk lines to skip in each file (0 to 100000000) */
  lineOffset?: number
  /** Hunk lines to return for each file (1 to 20000) */
  lineLimit?: number
}

export type EvAsk = {
  /** Muster's id; given when the ask is stored (at most 64 bytes) */
  askId?: string
  /** The adapter's id, as the CLI wrote it (at most 256 bytes) */
  requestId: string
  /** permission, question or plan */
  kind: AskKind
  /** The tool that it is about (at most 256 bytes) */
  tool: string
  /** One line: the command, the file, the question (at most 500 bytes) */
  title?: string
  /** Why the CLI asks (at most 2000 bytes) */
  reason?: string
  /** Id of the tool call (at most 256 bytes) */
  toolId?: string
  /** The subagent that asks (at most 256 bytes) */
  parent?: string
  /** Text of the plan to review (at most 8192 bytes) */
  plan?: string
  /** Arguments as JSON (at most 8388608 bytes) */
  input?: unknown
  /** What allow_always would grant, as the CLI offers it (at most 65536 bytes) */
  suggestions?: unknown
  /** The text was cut; size tells its whole length */
  truncated?: boolean
  /** Bytes before the cut (at least 0) */
  size?: number
}

export type EvAskAnswered = {
  /** The ask (at most 64 bytes) */
  askId: string
  /** The adapter's id (at most 256 bytes) */
  requestId: string
  /** What was decided */
  decision: AskDecision
  /** Said to the agent (at most 4000 bytes) */
  message?: string
  /** Who answered (at most 64 bytes) */
  by?: string
  /** The arguments were changed before they were allowed */
  isEdited?: boolean
  /** The changed arguments, as JSON (at most 262144 bytes) */
  input?: unknown
  /** The text was cut; size tells its whole length */
  truncated?: boolean
  /** Bytes before the cut (at least 0) */
  size?: number
}

export type EvAskCancel = {
  /** Muster's id; given when it is stored (at most 64 bytes) */
  askId?: string
  /** The adapter's id (at most 256 bytes) */
  requestId: string
  /** What made the answer needless */
  why: CancelWhy
}

export type EvContext = {
  /** Tokens in the model's context (at least 0) */
  used: number
  /** Tokens that fit (at least 0) */
  window: number
  /** Percent of the window in use (0 to 100) */
  level: number
  /** The window is a default: no CLI has reported it for this model yet */
  isAssumed?: boolean
}

export type EvExit = {
  /** Exit code; left out after a signal (0 to 255) */
  code?: number
  /** Signal that ended it (0 to 128) */
  signal?: number
  /** Ended by itself without a failure */
  isClean: boolean
  /** The end of what it wrote to stderr, when it failed (at most 8000 bytes) */
  text?: string
  /** Ended before its session began: a start may be tried with a new id */
  beforeSession?: boolean
  /** The CLI does not have the session that was to go on */
  sessionGone?: boolean
}

export type EvGap = {
  /** First offset that is missing (at least 0) */
  from: number
  /** First offset that is there again (at least 0) */
  to: number
  /** Why the bytes are missing (at most 200 bytes) */
  reason: string
}

export type EvMessage = {
  /** The message */
  messageId: string
  /** queued, sent, delivery_unknown, unanswered or withdrawn */
  state: MessageState
  /** The prompt; left out when only the state changed (at most 262144 bytes) */
  text?: string
  /** The text was cut; size tells its whole length */
  truncated?: boolean
  /** Bytes before the cut (at least 0) */
  size?: number
}

export type EvNotice = {
  /** How much it matters */
  level: NoticeLevel
  /** What it is about: compacted, denied, stderr, reset, gap, cli, protocol (at most 64 bytes) */
  code: string
  /** For a person (at most 8000 bytes) */
  text: string
}

export type EvPlan = {
  /** The whole list, in order (at most 200 items) */
  entries: EvPlanEntry[]
}

export type EvPlanEntry = {
  /** What is to be done (at most 2000 bytes) */
  text: string
  /** pending, in_progress or completed (at most 32 bytes) */
  state: string
}

export type EvSession = {
  /** The CLI's own conversation id (at most 256 bytes) */
  sessionId: string
  /** Model in use (at most 256 bytes) */
  model?: string
  /** The CLI's permission mode, in its own word (at most 256 bytes) */
  mode?: string
  /** Version of the CLI (at most 256 bytes) */
  version?: string
  /** The CLI has just left its plan mode: the plan was approved */
  planEnded?: boolean
  /** The conversation can be resumed by its id */
  resumable?: boolean
}

export type EvText = {
  /** Id of the block; deltas before it carry the same (at most 300 bytes) */
  block: string
  /** The block; over 256 KiB its beginning (at most 16777216 bytes) */
  text: string
  /** Message that keeps all of it: get_message; only where it was cut */
  messageId?: string
  /** Tool call of the subagent that this belongs to (at most 256 bytes) */
  parent?: string
  /** The CLI wrote it in place of an answer */
  isError?: boolean
  /** The text was cut; size tells its whole length */
  truncated?: boolean
  /** Bytes before the cut (at least 0) */
  size?: number
}

export type EvTextDelta = {
  /** Id of the block (at most 300 bytes) */
  block: string
  /** What is added to the block (at most 262144 bytes) */
  text: string
  /** Tool call of the subagent that this belongs to (at most 256 bytes) */
  parent?: string
}

export type EvToolEnd = {
  /** Id of the call (at most 256 bytes) */
  toolId: string
  /** The tool failed or was refused */
  isError: boolean
  /** What the model got back (at most 65536 bytes) */
  output: string
  /** The file that it changed or read (at most 4096 bytes) */
  path?: string
  /** Tool call of the subagent that this belongs to (at most 256 bytes) */
  parent?: string
  /** The text was cut; size tells its whole length */
  truncated?: boolean
  /** Bytes before the cut (at least 0) */
  size?: number
}

export type EvToolProgress = {
  /** Id of the call (at most 256 bytes) */
  toolId: string
  /** running, completed, failed, stopped, in the CLI's word (at most 64 bytes) */
  state?: string
  /** What it does now (at most 4000 bytes) */
  text?: string
  /** Tokens a subagent has used (at least 0) */
  tokens?: number
}

export type EvToolStart = {
  /** Id of the call (at most 256 bytes) */
  toolId: string
  /** The tool's own name (at most 256 bytes) */
  name: string
  /** What sort of tool it is */
  kind: ToolKind
  /** One line: the command, the file, the pattern (at most 500 bytes) */
  title?: string
  /** Arguments as JSON (at most 262144 bytes) */
  input?: unknown
  /** Tool call of the subagent that this belongs to (at most 256 bytes) */
  parent?: string
  /** The text was cut; size tells its whole length */
  truncated?: boolean
  /** Bytes before the cut (at least 0) */
  size?: number
}

export type EvTurnEnd = {
  /** ok, error, interrupted or unknown */
  outcome: TurnOutcome
  /** The CLI's own word for why it ended (at most 64 bytes) */
  code?: string
  /** The error's text; nothing when ok (at most 8000 bytes) */
  text?: string
  /** Of the failed API request (0 to 999) */
  httpStatus?: number
  /** Length of the turn (at least 0) */
  durationMs?: number
  /** Steps of the turn as the CLI counts them, which is not its number of model requests (at least 0) */
  steps?: number
}

export type EvUnknown = {
  /** The line's own type, if it has one (at most 128 bytes) */
  type?: string
  /** Its beginning (at most 2000 bytes) */
  text: string
  /** Bytes of the line (at least 0) */
  size: number
}

export type EvUsage = {
  /** Model that was paid for (at most 256 bytes) */
  model: string
  /** Input tokens that no cache held (at least 0) */
  input: number
  /** Output tokens (at least 0) */
  output: number
  /** Input tokens read from the cache (at least 0) */
  cacheRead: number
  /** Input tokens written to the cache (at least 0) */
  cacheCreation: number
  /** Cost in millionths of a US dollar, as the CLI counts (at least 0) */
  costMicros: number
  /** Answers of this model seen on the stream (at least 0) */
  requests: number
  /** Requests to this model that failed (at least 0) */
  errors?: number
  /** Tokens that fit into its context, as the CLI reports (at least 0) */
  window?: number
}

export type FolderEntry = {
  /** Name of the folder (1 to 255 bytes) */
  name: string
  /** Its absolute path (1 to 4096 bytes) */
  path: string
  /** A git repository or worktree */
  isRepository: boolean
}

export type Folders = {
  /** The folder, with links resolved (1 to 4096 bytes) */
  path: string
  /** Its parent folder; absent at a root (at most 4096 bytes) */
  parent?: string
  /** Its folders, by name; names that are not UTF-8 are left out (at most 5000 items) */
  entries: FolderEntry[]
  /** There are more */
  truncated: boolean
}

export type GitBranches = {
  /** Local branches (at most 100000 items) */
  local: string[]
  /** Remote branches; origin/ is stripped (at most 100000 items) */
  remote: string[]
  /** The branch checked out; HEAD if detached (at most 1024 bytes) */
  current: string
}

export type GitCounts = {
  /** Changed and not staged (at least 0) */
  modified: number
  /** Changed in the index (at least 0) */
  staged: number
  /** Not tracked and not ignored (at least 0) */
  untracked: number
  /** Unmerged (at least 0) */
  conflicted: number
  /** Changed or not: depends on a filter program (at least 0) */
  unverified: number
}

export type GitDiff = {
  /** The files of the window, in git's order (at most 5000 items) */
  files: GitDiffFile[]
  /** All changed files, listed or not; a lower bound if isTotalLeast is set (at least 0) */
  totalFiles: number
  /** There are so many untracked files that their folders were not entered */
  isTotalLeast: boolean
  /** The status's contentId, read before the files (at most 64 bytes) */
  contentId: string
  /** Lines added in tracked files (at least 0) */
  totalAdded: number
  /** Lines removed in tracked files (at least 0) */
  totalRemoved: number
  /** The commit compared with; absent before the first one (at most 64 bytes) */
  head?: string
  /** More files have changed than are counted, or lines are omitted for their size */
  truncated: boolean
}

export type GitDiffFile = {
  /** Path in the worktree (at most 8192 bytes) */
  path: string
  /** Path before a rename or copy (at most 8192 bytes) */
  oldPath?: string
  /** What happened to the file */
  status: GitFileStatus
  /** git's octal mode before (at most 6 bytes) */
  oldMode?: string
  /** git's octal mode after (at most 6 bytes) */
  newMode?: string
  /** Lines added; 0 for a binary file (at least 0) */
  added: number
  /** Lines removed; 0 for a binary file (at least 0) */
  removed: number
  /** Binary: no lines are shown */
  isBinary: boolean
  /** Lines are omitted: request this path with lineOffset */
  truncated: boolean
  /** Empty outside the window of files (at most 100000 items) */
  hunks: GitDiffHunk[]
}

export type GitDiffHunk = {
  /** First line before, from 1 (at least 0) */
  oldStart: number
  /** Lines before (at least 0) */
  oldLines: number
  /** First line after, from 1 (at least 0) */
  newStart: number
  /** Lines after (at least 0) */
  newLines: number
  /** The heading that git found above, often a function (at most 4096 bytes) */
  section: string
  /** In order (at most 100000 items) */
  lines: GitDiffLine[]
}

export type GitDiffLine = {
  /** What happened to the line */
  type: GitLineType
  /** Its number before, from 1; absent for an added line (at least 0) */
  oldLine?: number
  /** Its number after, from 1; absent for a removed line (at least 0) */
  newLine?: number
  /** Without its newline (at most 16777216 bytes) */
  text: string
  /** The file ends here without a newline */
  noNewline?: boolean
}

export type GitStatus = {
  /** Nothing is modified, staged, untracked, conflicted or unverified */
  isClean: boolean
  /** Commits that the upstream lacks (at least 0) */
  ahead: number
  /** Commits that only the upstream has (at least 0) */
  behind: number
  /** Changed and not staged (at most 5000 items) */
  modified: string[]
  /** Changed in the index (at most 5000 items) */
  staged: string[]
  /** Not tracked and not ignored (at most 5000 items) */
  untracked: string[]
  /** Unmerged (at most 5000 items) */
  conflicted: string[]
  /** Changed only if a filter program says so; the program is not run (at most 5000 items) */
  unverified: string[]
  /** Number of paths per list, also where the list is cut */
  counts: GitCounts
  /** Short name; HEAD if detached (at most 1024 bytes) */
  branch: string
  /** HEAD names a commit instead of a branch */
  isDetached: boolean
  /** Commit of HEAD; absent before the first one (at most 64 bytes) */
  head?: string
  /** Upstream branch, absent if there is none (at most 1024 bytes) */
  upstream?: string
  /** Changes whenever HEAD or the path, size, mode or time of a changed file changes (at most 64 bytes) */
  contentId: string
  /** Lists are cut at 5000 entries each in an answer and at 200 in total in an event, or untracked folders are not entered */
  truncated: boolean
}

export type Health = {
  /** ok, or degraded where a check is not ok */
  status: HealthWord
  /** Now */
  timestamp: string
  /** Of Muster (at most 32 bytes) */
  version: string
  /** Part by part */
  checks: HealthChecks
  /** What is not well, the gravest first (at most 8 items) */
  problems: HealthProblem[]
}

export type HealthChecks = {
  /** The store keeps what it is given and is not damaged */
  database: CheckWord
  /** The data folder's lock and store still have their names */
  home: CheckWord
  /** The disk of the data folder has room */
  space: CheckWord
  /** The store knows every program that runs under a hold; unknown until they have been looked for */
  launches: CheckWord
}

export type HealthProblem = {
  /** Which check failed */
  check: HealthCheckName
  /** Where (at most 4096 bytes) */
  path: string
  /** What is wrong, and what to do about it (at most 8192 bytes) */
  message: string
}

export type HoldFound = {
  /** The launch, as its folder is named (at most 255 bytes) */
  launchId: string
  /** A hold has its lock */
  isAlive: boolean
  /** The store has its row; a launch without a row is left alone */
  isKnown: boolean
}

export type HoldsFound = {
  /** Those that are alive or have no row (at most 10000 items) */
  holds: HoldFound[]
}

export type Message = {
  /** The message */
  id: string
  /** Whose conversation, where an agent talks */
  agentId?: string
  /** Place in the conversation; none while queued (at least 0) */
  index?: number
  /** user, assistant, system or tool */
  role: MessageRole
  /** Text; in lists its first 256 KiB (at most 16777216 bytes) */
  content: string
  /** The text is longer. get_message answers all of it, up to 16 MiB */
  truncated?: boolean
  /** Bytes of the text, where a list cut it (at least 0) */
  size?: number
  /** Tokens, where known (at least 0) */
  tokenCount?: number
  /** The tool (at most 256 bytes) */
  toolName?: string
  /** Its arguments (at most 262144 bytes) */
  toolInput?: unknown
  /** What it gave back (at most 393216 bytes) */
  toolOutput?: unknown
  /** When */
  createdAt: string
  /** Nothing is added to it any more */
  isComplete: boolean
  /** Of a user's message: queued, sent, delivery_unknown or unanswered */
  state?: MessageState
}

export type MessagePageIn = {
  /** The agent */
  agentId: string
  /** At most so many (1 to 1000) */
  limit?: number
  /** Those before this message; default: the newest */
  before?: string
}

export type MessagePageOut = {
  /** In order of time (at most 1000 items) */
  messages: Message[]
  /** There are older ones */
  hasMore: boolean
  /** `before` of the page that comes before this one */
  nextCursor?: string
}

export type MessagePath = {
  /** The agent */
  agentId: string
  /** The message */
  messageId: string
}

export type MessageSendIn = {
  /** The agent */
  agentId: string
  /** The prompt (1 to 50000 characters) */
  content: string
}

export type MessageSendOut = {
  /** The message */
  messageId: string
  /** sent: handed to the running agent; queued: sent when it is idle or started */
  status: SendWord
  /** The agent's program lives */
  running: boolean
}

export type MessageWithdrawIn = {
  /** The agent */
  agentId: string
  /** A queued or unanswered message */
  messageId: string
}

export type OpProgress = {
  /** Idempotency-Key of the call (at most 200 bytes) */
  key: string
  /** The operation (at most 64 bytes) */
  op: string
  /** What is being done (at most 200 bytes) */
  step: string
  /** Parts done (at least 0) */
  done: number
  /** Parts in all, 0 = unknown (at least 0) */
  total: number
}

export type SettingChanged = {
  /** The setting that changed (at most 64 bytes) */
  name: string
}

export type SettingRef = {
  /** The setting (1 to 64 bytes) */
  name: string
}

export type SettingSet = {
  /** The setting (1 to 64 bytes) */
  name: string
  /** Its new value (at most 16384 bytes) */
  value: string
}

export type SettingView = {
  /** The setting (at most 64 bytes) */
  name: string
  /** number, boolean, text or lines */
  kind: SettingWord
  /** Decimal; true or false; text; items by line feeds (at most 16384 bytes) */
  value: string
  /** Least number */
  min?: number
  /** Greatest number */
  max?: number
  /** Of a number (at most 16 bytes) */
  unit?: string
  /** What it does (at most 400 bytes) */
  doc: string
}

export type SettingViews = {
  /** All of them (at most 500 items) */
  settings: SettingView[]
}

export type SignIn = {
  /** The command that opens a new start URL, quoted for a shell (at most 8192 bytes) */
  openCommand: string
}

export type StartCode = {
  /** Good once, for 60 s (at most 64 bytes) */
  code: string
  /** The page's address with the code (at most 256 bytes) */
  url: string
}

export type StartCodeIn = {
  /** The code in the fragment of the start URL (1 to 64 bytes) */
  code: string
}

export type StartToken = {
  /** Bearer token of this installation (at most 64 bytes) */
  token: string
}

export type Storage = {
  /** Of the store's content (at least 0) */
  storeBytes: number
  /** retention.store_mib; 0 = no limit (at least 0) */
  storeCapBytes: number
  /** retention.log_mib; 0 = no limit (at least 0) */
  logCapBytes: number
  /** The store or the logs are larger than they may be */
  isOverCap: boolean
  /** The largest first (at most 16 items) */
  shares: StorageShare[]
}

export type StorageShare = {
  /** What takes the room; logs lie in files, all else in the store */
  kind: StorageKind
  /** About so many; of logs and of all together exactly (at least 0) */
  bytes: number
  /** Says how long it is kept (at most 64 bytes) */
  setting?: string
}

export type System = {
  /** Of Muster (at most 32 bytes) */
  version: string
  /** Everything here is a demo */
  isDemo: boolean
  /** The data folder (at most 4096 bytes) */
  home: string
  /** The Claude Code CLI */
  claude: CliInstall
}

export type SystemNews = {
  /** The Claude Code CLI, as it is found now */
  claude: CliInstall
}

export type Trash = {
  /** Newest first (at most 10000 items) */
  entries: TrashEntry[]
  /** Total size (at least 0) */
  totalBytes: number
  /** Larger than workspace.trash_cap_mib: should be emptied */
  isOverCap: boolean
}

export type TrashEntry = {
  /** Entry of the trash */
  id: string
  /** Where the worktree was (1 to 4096 bytes) */
  path: string
  /** Where its files are now (1 to 4096 bytes) */
  place: string
  /** Common git folder (1 to 4096 bytes) */
  commonDir: string
  /** git's record of the worktree (1 to 4096 bytes) */
  gitDir: string
  /** Full ref that HEAD named; absent if it was detached (at most 1024 bytes) */
  branch?: string
  /** Commit of HEAD; absent before the first one (at most 64 bytes) */
  head?: string
  /** Content of the worktree's .git file (1 to 8192 bytes) */
  link: string
  /** Content of the record's gitdir file (1 to 8192 bytes) */
  backLink: string
  /** The worktree */
  worktreeId: string
  /** The workspace that it was removed from */
  workspaceId: string
  /** Name of the worktree (1 to 255 bytes) */
  name: string
  /** Size of its files on disk (at least 0) */
  bytes: number
  /** When it was removed */
  removedAt: string
  /** It is kept at least until then; it is never deleted automatically */
  keepUntil?: string
}

export type TrashNews = {
  /** Entry of the trash */
  trashId: string
  /** Its worktree */
  worktreeId: string
  /** The workspace that it was removed from */
  workspaceId: string
  /** True: it was moved to the trash; false: it was restored, or its folder is gone */
  isThere: boolean
}

export type TrashRef = {
  /** Entry of the trash */
  trashId: string
}

export type Usage = {
  /** Today */
  daily: UsageWindow
  /** This week, from Monday */
  weekly: UsageWindow
  /** This week's tokens of Sonnet models */
  sonnetOnly: UsageWindow
  /** Today in detail */
  today: UsageStats
  /** This week in detail */
  thisWeek: UsageStats
  /** This month in detail */
  thisMonth: UsageStats
}

export type UsageHistory = {
  /** Newest first; periods without use are left out (at most 100 items) */
  history: UsageStats[]
}

export type UsageHistoryIn = {
  /** daily, weekly or monthly */
  period?: UsagePeriod
  /** First day, YYYY-MM-DD (10 to 10 bytes) */
  start?: string
  /** Last day, YYYY-MM-DD (10 to 10 bytes) */
  end?: string
}

export type UsageLimits = {
  /** Tokens a day; 0 = no limit (at least 0) */
  daily: number
  /** Tokens a week; 0 = no limit (at least 0) */
  weekly: number
  /** The same as daily (at least 0) */
  dailyTokenLimit: number
  /** The same as weekly (at least 0) */
  weeklyTokenLimit: number
  /** Tokens a month; 0 = no limit (at least 0) */
  monthlyTokenLimit: number
  /** Requests a day; 0 = no limit (at least 0) */
  dailyRequestLimit: number
}

export type UsageNews = {
  /** Today */
  daily: UsageWindow
  /** This week */
  weekly: UsageWindow
}

export type UsageStats = {
  /** First day of the period (at most 16 bytes) */
  date?: string
  /** daily, weekly or monthly */
  period?: UsagePeriod
  /** Input and output together (at least 0) */
  tokensUsed: number
  /** Input, read from caches or not (at least 0) */
  inputTokens: number
  /** Output (at least 0) */
  outputTokens: number
  /** Answers of a model (at least 0) */
  requestCount: number
  /** Failed ones (at least 0) */
  errorCount: number
  /** Millionths of a US dollar, as the CLIs count (at least 0) */
  costMicros: number
  /** Tokens by model (at most 65536 bytes) */
  modelUsage?: unknown
}

export type UsageWindow = {
  /** Tokens used so far (at least 0) */
  used: number
  /** 0 = no limit (at least 0) */
  limit: number
  /** When it starts again */
  resetTime: string
}

export type Workspace = {
  /** The workspace */
  id: string
  /** Shown in lists (1 to 255 characters) */
  name: string
  /** Folder of its main worktree (1 to 4096 bytes) */
  path: string
  /** Worktrees registered (at least 0) */
  worktreeCount: number
  /** Agents, without archived ones (at least 0) */
  agentCount: number
  /** When it was opened */
  createdAt: string
  /** When its row last changed */
  updatedAt: string
}

export type WorkspaceChange = {
  /** The workspace */
  workspaceId: string
  /** worktree_added, worktree_removed, worktree_updated, workspace_updated, agent_added, agent_removed or agent_updated (1 to 32 bytes) */
  change: string
  /** What was added, removed or updated (at most 1048576 bytes) */
  data: unknown
}

export type WorkspaceCreate = {
  /** Absolute path of a git repository, or of a folder inside it (1 to 4096 bytes) */
  path: string
}

export type WorkspaceDetail = {
  /** The workspace */
  id: string
  /** Shown in lists (1 to 255 characters) */
  name: string
  /** Folder of its main worktree (1 to 4096 bytes) */
  path: string
  /** Worktrees registered (at least 0) */
  worktreeCount: number
  /** Agents, without archived ones (at least 0) */
  agentCount: number
  /** When it was opened */
  createdAt: string
  /** When its row last changed */
  updatedAt: string
  /** In their order (at most 10000 items) */
  worktrees: WorktreeDetail[]
  /** Worktrees that git lists but that are not shown, with the reason (at most 100 items) */
  notes?: string[]
}

export type WorkspaceNews = {
  /** The workspace */
  workspaceId: string
  /** Its name (1 to 255 characters) */
  name: string
  /** Its folder (1 to 4096 bytes) */
  path: string
}

export type WorkspaceRef = {
  /** The workspace */
  workspaceId: string
}

export type WorkspaceUpdate = {
  /** The workspace */
  workspaceId: string
  /** Shown in lists (1 to 100 characters) */
  name: string
}

export type Workspaces = {
  /** Most recently changed first (at most 10000 items) */
  workspaces: Workspace[]
}

export type Worktree = {
  /** The worktree */
  id: string
  /** Its workspace */
  workspaceId: string
  /** Shown in lists (1 to 255 characters) */
  name: string
  /** Branch when last checked; HEAD when detached (at most 1024 bytes) */
  branch: string
  /** Its folder (1 to 4096 bytes) */
  path: string
  /** How its agents are ordered */
  sortMode: WorktreeSort
  /** Its position in lists (0 to 100000) */
  displayOrder: number
  /** The repository's own folder; it cannot be removed */
  isMain: boolean
  /** When it was registered */
  createdAt: string
  /** When its row last changed */
  updatedAt: string
  /** HEAD points to a commit, not a branch */
  isDetached: boolean
  /** Output of a hook, or a remark of an undo (at most 8192 bytes) */
  note?: string
}

export type WorktreeCheckout = {
  /** The workspace */
  workspaceId: string
  /** The worktree */
  worktreeId: string
  /** Branch to switch to (1 to 255 bytes) */
  branch: string
  /** Create the branch, from HEAD */
  createBranch?: boolean
}

export type WorktreeCreate = {
  /** The workspace */
  workspaceId: string
  /** Shown in lists; also the end of its folder's name (1 to 255 bytes) */
  name: string
  /** Branch to check out; one that only one remote has is tracked (1 to 255 bytes) */
  branch: string
  /** Create the branch */
  createBranch?: boolean
  /** Start point of a new branch; default HEAD (1 to 1024 bytes) */
  start?: string
  /** Its folder; default: <repository>-<name> beside the repository (1 to 4096 bytes) */
  path?: string
}

export type WorktreeDetail = {
  /** The worktree */
  id: string
  /** Its workspace */
  workspaceId: string
  /** Shown in lists (1 to 255 characters) */
  name: string
  /** Branch when last checked; HEAD when detached (at most 1024 bytes) */
  branch: string
  /** Its folder (1 to 4096 bytes) */
  path: string
  /** How its agents are ordered */
  sortMode: WorktreeSort
  /** Its position in lists (0 to 100000) */
  displayOrder: number
  /** The repository's own folder; it cannot be removed */
  isMain: boolean
  /** When it was registered */
  createdAt: string
  /** When its row last changed */
  updatedAt: string
  /** HEAD points to a commit, not a branch */
  isDetached: boolean
  /** Output of a hook, or a remark of an undo (at most 8192 bytes) */
  note?: string
  /** Its folder is gone; removing it only deletes its record */
  isMissing: boolean
  /** Its agents, a list of Agent (at most 16777216 bytes) */
  agents: unknown
  /** Its archived agents, newest first, the first 100 (at most 16777216 bytes) */
  previousAgents: unknown
  /** Number of archived agents; list_agents with includeDeleted pages through them (at least 0) */
  previousAgentCount: number
}

export type WorktreeOrder = {
  /** The worktree */
  id: string
  /** Its position (0 to 100000) */
  order: number
}

export type WorktreeOrders = {
  /** In the new order (at most 10000 items) */
  worktrees: WorktreeOrder[]
}

export type WorktreeRef = {
  /** The workspace */
  workspaceId: string
  /** The worktree */
  worktreeId: string
}

export type WorktreeRemove = {
  /** The workspace */
  workspaceId: string
  /** The worktree */
  worktreeId: string
  /** Remove it even if it is dirty; it is moved to the trash either way */
  force?: boolean
}

export type WorktreeReorder = {
  /** The workspace */
  workspaceId: string
  /** Worktrees in their new order (1 to 10000 items) */
  worktreeIds: string[]
}

export type WorktreeStatus = {
  /** The worktree */
  worktreeId: string
  /** Its state; absent when it could not be read */
  status?: GitStatus
  /** Differs from the last one whenever HEAD or a changed file does, even when the lists are the same; absent when the status is (at most 64 bytes) */
  contentId?: string
  /** inotify: sent within a second; polled, when watches ran out: within 5 s (1 to 16 bytes) */
  source: string
  /** Why the state could not be read (at most 480 bytes) */
  error?: string
}

export type WorktreeUpdate = {
  /** The workspace */
  workspaceId: string
  /** The worktree */
  worktreeId: string
  /** Shown in lists (1 to 255 bytes) */
  name?: string
  /** How its agents are ordered */
  sortMode?: WorktreeSort
  /** Its position in lists (0 to 100000) */
  order?: number
}

export type Worktrees = {
  /** In their order (at most 10000 items) */
  worktrees: Worktree[]
}

/** What the payload of each kind of event is. */
export type Events = {
  workspace_opened: WorkspaceNews
  workspace_closed: WorkspaceNews
  trash_changed: TrashNews
  system_updated: SystemNews
  setting_changed: SettingChanged
  op_progress: OpProgress
  ask_changed: AskChanged
  usage_updated: UsageNews
  workspace_updated: WorkspaceChange
  git_status: WorktreeStatus
  session: EvSession
  status: AgentStatus
  text: EvText
  text_delta: EvTextDelta
  thought: EvText
  tool_start: EvToolStart
  tool_progress: EvToolProgress
  tool_end: EvToolEnd
  ask: EvAsk
  ask_cancel: EvAskCancel
  context: EvContext
  usage: EvUsage
  plan: EvPlan
  turn_end: EvTurnEnd
  notice: EvNotice
  unknown: EvUnknown
  message: EvMessage
  ask_answered: EvAskAnswered
  exit: EvExit
  gap: EvGap
}

export type Operations = {
  /** Is the daemon well? Names what is not; 503 when it cannot keep what it is given. */
  get_health: { input: Record<string, never>; output: Health }
  /** Does it answer at all? Its checks as they were last seen. */
  get_health_live: { input: Record<string, never>; output: Health }
  /** Can it work? The same as get_health. */
  get_health_ready: { input: Record<string, never>; output: Health }
  /** Creates a start URL for a browser: valid once, for 60 s. */
  create_start_code: { input: Record<string, never>; output: StartCode }
  /** Exchanges a start code for the token. */
  redeem_start_code: { input: StartCodeIn; output: StartToken }
  /** How whoever has no token gets one. */
  get_sign_in: { input: Record<string, never>; output: SignIn }
  /** What is installed, and whether this is a demo. */
  get_system: { input: Record<string, never>; output: System }
  /** Launches whose hold lives, and folders of launches that no row knows. */
  list_holds: { input: Record<string, never>; output: HoldsFound }
  /** Makes the sample repository and opens it; its agents talk to the scripted model. */
  start_demo: { input: Record<string, never>; output: DemoStarted }
  /** What takes the room, by kind, beside what it may take. */
  get_storage: { input: Record<string, never>; output: Storage }
  /** All settings with their values, ranges and units. */
  list_settings: { input: Record<string, never>; output: SettingViews }
  /** Changes a setting. */
  update_setting: { input: SettingSet; output: SettingView }
  /** Sets a setting back to its default. */
  reset_setting: { input: SettingRef; output: SettingView }
  /** Lists the open workspaces. */
  list_workspaces: { input: Record<string, never>; output: Workspaces }
  /** Opens a git repository and registers its worktrees; one that was open before gets its agents back. */
  create_workspace: { input: WorkspaceCreate; output: Workspace }
  /** Returns a workspace with its worktrees and their agents. */
  get_workspace: { input: WorkspaceRef; output: WorkspaceDetail }
  /** Renames a workspace. */
  update_workspace: { input: WorkspaceUpdate; output: Workspace }
  /** Closes a workspace, unless an agent runs in it. Its files are not changed; opening it restores everything. */
  delete_workspace: { input: WorkspaceRef; output: undefined }
  /** Updates the list of worktrees from git. */
  refresh_workspace: { input: WorkspaceRef; output: WorkspaceDetail }
  /** Lists the worktrees of a workspace. */
  list_worktrees: { input: WorkspaceRef; output: Worktrees }
  /** Creates a worktree with a new or an existing branch. */
  create_worktree: { input: WorktreeCreate; output: Worktree }
  /** Sets the order of the worktrees. */
  reorder_worktrees: { input: WorktreeReorder; output: WorktreeOrders }
  /** Returns a worktree with its agents. */
  get_worktree: { input: WorktreeRef; output: WorktreeDetail }
  /** Changes a worktree's name, sort mode or position. */
  update_worktree: { input: WorktreeUpdate; output: Worktree }
  /** Moves a worktree to the trash. A dirty one needs force; nothing is lost either way. If its folder is gone, its record is deleted, in git too. */
  delete_worktree: { input: WorktreeRemove; output: undefined }
  /** Restores a removed worktree from the trash. */
  restore_worktree: { input: WorktreeRef; output: Worktree }
  /** Switches a clean worktree to a branch. No file is overwritten. */
  checkout_branch: { input: WorktreeCheckout; output: Worktree }
  /** Returns a worktree's current git status. */
  get_git_status: { input: WorktreeRef; output: GitStatus }
  /** Lists local and remote branches. */
  list_branches: { input: WorktreeRef; output: GitBranches }
  /** Returns the changes of a worktree against HEAD, including untracked files. */
  get_worktree_diff: { input: DiffRead; output: GitDiff }
  /** Lists folders inside workspace.roots, to find a repository. */
  browse_folders: { input: Browse; output: Folders }
  /** Lists removed worktrees that can be restored. */
  list_trash: { input: Record<string, never>; output: Trash }
  /** Restores a worktree from the trash by its entry. */
  restore_trash: { input: TrashRef; output: Worktree }
  /** Lists agents. Those of one worktree are listed at a cursor of its workspace, all of them at one of the overview. */
  list_agents: { input: AgentListIn; output: AgentListOut }
  /** Creates an agent in a worktree. It is not started. */
  create_agent: { input: AgentCreate; output: Agent }
  /** One agent. */
  get_agent: { input: AgentPath; output: Agent }
  /** Changes name, mode, permissions or limits. */
  update_agent: { input: AgentUpdate; output: Agent }
  /** Brings an archived agent back. */
  restore_agent: { input: AgentPath; output: Agent }
  /** Sets the order of a worktree's agents. */
  reorder_agents: { input: AgentReorder; output: AgentOrders }
  /** An agent's status, and its process tree's memory. */
  get_agent_status: { input: AgentPath; output: AgentStatusOut }
  /** Stops an agent with its whole process tree and archives it, or removes it. */
  delete_agent: { input: AgentDelete; output: undefined }
  /** Starts an agent: its session goes on where there is one. 409 when it runs. */
  start_agent: { input: AgentStartIn; output: Agent }
  /** Stops an agent and its whole process tree; answers when it has ended. */
  stop_agent: { input: AgentStopIn; output: Agent }
  /** Starts an agent with its session. 409 without one, or when it runs. */
  resume_agent: { input: AgentPath; output: Agent }
  /** Ends the turn that runs; the agent stays. 409 when none runs. */
  interrupt_agent: { input: AgentInterrupt; output: Agent }
  /** A page of an agent's messages, newest page first, each page in order. */
  get_agent_messages: { input: MessagePageIn; output: MessagePageOut }
  /** One message with its whole text, which lists and events cut at 256 KiB. */
  get_message: { input: MessagePath; output: Message }
  /** Sends a prompt; while a turn runs or no program lives it is queued. An unanswered one with the same text is sent again. */
  send_message_to_agent: { input: MessageSendIn; output: MessageSendOut }
  /** Takes a queued message back, or drops an unanswered one. 409 once it was handed over. */
  withdraw_message: { input: MessageWithdrawIn; output: undefined }
  /** Lists asks, answered ones too; the open ones are the approvals inbox. */
  list_asks: { input: AskListIn; output: AskListOut }
  /** One ask. */
  get_ask: { input: AskPath; output: Ask }
  /** Answers an open ask, once. 409 when it is not open any more. */
  answer_ask: { input: AskAnswerIn; output: Ask }
  /** Today's, this week's and this month's tokens. */
  get_usage: { input: Record<string, never>; output: Usage }
  /** Today's tokens. */
  get_usage_today: { input: Record<string, never>; output: UsageStats }
  /** Tokens by day, week or month, newest first. */
  get_usage_history: { input: UsageHistoryIn; output: UsageHistory }
  /** The limits that the settings give. */
  get_usage_limits: { input: Record<string, never>; output: UsageLimits }
}

/** Path parameters stand in braces; `query` names the fields that go to the query; all others are the body. */
export const operations = {
  get_health: {
    method: 'GET',
    path: '/api/health',
    query: [],
  },
  get_health_live: {
    method: 'GET',
    path: '/api/health/live',
    query: [],
  },
  get_health_ready: {
    method: 'GET',
    path: '/api/health/ready',
    query: [],
  },
  create_start_code: {
    method: 'POST',
    path: '/api/auth/codes',
    query: [],
  },
  redeem_start_code: {
    method: 'POST',
    path: '/api/auth/code',
    query: [],
  },
  get_sign_in: {
    method: 'GET',
    path: '/api/auth',
    query: [],
  },
  get_system: {
    method: 'GET',
    path: '/api/system',
    query: [],
  },
  list_holds: {
    method: 'GET',
    path: '/api/holds',
    query: [],
  },
  start_demo: {
    method: 'POST',
    path: '/api/demo',
    query: [],
  },
  get_storage: {
    method: 'GET',
    path: '/api/storage',
    query: [],
  },
  list_settings: {
    method: 'GET',
    path: '/api/settings',
    query: [],
  },
  update_setting: {
    method: 'PUT',
    path: '/api/settings/{name}',
    query: [],
  },
  reset_setting: {
    method: 'DELETE',
    path: '/api/settings/{name}',
    query: [],
  },
  list_workspaces: {
    method: 'GET',
    path: '/api/workspaces',
    query: [],
  },
  create_workspace: {
    method: 'POST',
    path: '/api/workspaces',
    query: [],
  },
  get_workspace: {
    method: 'GET',
    path: '/api/workspaces/{workspaceId}',
    query: [],
  },
  update_workspace: {
    method: 'PUT',
    path: '/api/workspaces/{workspaceId}',
    query: [],
  },
  delete_workspace: {
    method: 'DELETE',
    path: '/api/workspaces/{workspaceId}',
    query: [],
  },
  refresh_workspace: {
    method: 'POST',
    path: '/api/workspaces/{workspaceId}/refresh',
    query: [],
  },
  list_worktrees: {
    method: 'GET',
    path: '/api/workspaces/{workspaceId}/worktrees',
    query: [],
  },
  create_worktree: {
    method: 'POST',
    path: '/api/workspaces/{workspaceId}/worktrees',
    query: [],
  },
  reorder_worktrees: {
    method: 'PUT',
    path: '/api/workspaces/{workspaceId}/worktrees/reorder',
    query: [],
  },
  get_worktree: {
    method: 'GET',
    path: '/api/workspaces/{workspaceId}/worktrees/{worktreeId}',
    query: [],
  },
  update_worktree: {
    method: 'PUT',
    path: '/api/workspaces/{workspaceId}/worktrees/{worktreeId}',
    query: [],
  },
  delete_worktree: {
    method: 'DELETE',
    path: '/api/workspaces/{workspaceId}/worktrees/{worktreeId}',
    query: ['force'],
  },
  restore_worktree: {
    method: 'POST',
    path: '/api/workspaces/{workspaceId}/worktrees/{worktreeId}/restore',
    query: [],
  },
  checkout_branch: {
    method: 'POST',
    path: '/api/workspaces/{workspaceId}/worktrees/{worktreeId}/checkout',
    query: [],
  },
  get_git_status: {
    method: 'GET',
    path: '/api/workspaces/{workspaceId}/worktrees/{worktreeId}/status',
    query: [],
  },
  list_branches: {
    method: 'GET',
    path: '/api/workspaces/{workspaceId}/worktrees/{worktreeId}/branches',
    query: [],
  },
  get_worktree_diff: {
    method: 'GET',
    path: '/api/workspaces/{workspaceId}/worktrees/{worktreeId}/diff',
    query: ['path', 'offset', 'limit', 'lineOffset', 'lineLimit'],
  },
  browse_folders: {
    method: 'GET',
    path: '/api/browse',
    query: ['path'],
  },
  list_trash: {
    method: 'GET',
    path: '/api/trash',
    query: [],
  },
  restore_trash: {
    method: 'POST',
    path: '/api/trash/{trashId}/restore',
    query: [],
  },
  list_agents: {
    method: 'GET',
    path: '/api/agents',
    query: ['worktreeId', 'status', 'includeDeleted', 'limit', 'after'],
  },
  create_agent: {
    method: 'POST',
    path: '/api/agents',
    query: [],
  },
  get_agent: {
    method: 'GET',
    path: '/api/agents/{agentId}',
    query: [],
  },
  update_agent: {
    method: 'PUT',
    path: '/api/agents/{agentId}',
    query: [],
  },
  restore_agent: {
    method: 'POST',
    path: '/api/agents/{agentId}/restore',
    query: [],
  },
  reorder_agents: {
    method: 'PUT',
    path: '/api/agents/reorder',
    query: [],
  },
  get_agent_status: {
    method: 'GET',
    path: '/api/agents/{agentId}/status',
    query: [],
  },
  delete_agent: {
    method: 'DELETE',
    path: '/api/agents/{agentId}',
    query: ['archive'],
  },
  start_agent: {
    method: 'POST',
    path: '/api/agents/{agentId}/start',
    query: [],
  },
  stop_agent: {
    method: 'POST',
    path: '/api/agents/{agentId}/stop',
    query: ['force'],
  },
  resume_agent: {
    method: 'POST',
    path: '/api/agents/{agentId}/resume',
    query: [],
  },
  interrupt_agent: {
    method: 'POST',
    path: '/api/agents/{agentId}/interrupt',
    query: [],
  },
  get_agent_messages: {
    method: 'GET',
    path: '/api/agents/{agentId}/messages',
    query: ['limit', 'before'],
  },
  get_message: {
    method: 'GET',
    path: '/api/agents/{agentId}/messages/{messageId}',
    query: [],
  },
  send_message_to_agent: {
    method: 'POST',
    path: '/api/agents/{agentId}/message',
    query: [],
  },
  withdraw_message: {
    method: 'DELETE',
    path: '/api/agents/{agentId}/messages/{messageId}',
    query: [],
  },
  list_asks: {
    method: 'GET',
    path: '/api/asks',
    query: ['state', 'subjectKind', 'subjectId', 'limit'],
  },
  get_ask: {
    method: 'GET',
    path: '/api/asks/{askId}',
    query: [],
  },
  answer_ask: {
    method: 'POST',
    path: '/api/asks/{askId}/answer',
    query: [],
  },
  get_usage: {
    method: 'GET',
    path: '/api/usage',
    query: [],
  },
  get_usage_today: {
    method: 'GET',
    path: '/api/usage/today',
    query: [],
  },
  get_usage_history: {
    method: 'GET',
    path: '/api/usage/history',
    query: ['period', 'start', 'end'],
  },
  get_usage_limits: {
    method: 'GET',
    path: '/api/usage/limits',
    query: [],
  },
} as const satisfies Record<
  keyof Operations,
  { method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; path: string; query: readonly string[] }
>
